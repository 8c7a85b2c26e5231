// SPDX-License-Identifier: GPL-2.0-or-later
/* Names in the kernel's BTF. libbpf would take 90 ms to look at all of it; this walks over it once.
 */

#include <err.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "refuse.h"

static char *kernel_types;

/* The size of what follows struct btf_type, Documentation/bpf/btf.rst */
static size_t rest_of(const struct btf_type *t)
{
	size_t nr = BTF_INFO_VLEN(t->info);

	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_INT:
		return sizeof(__u32);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return nr * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return nr * sizeof(struct btf_enum);
	case BTF_KIND_FUNC_PROTO:
		return nr * sizeof(struct btf_param);
	case BTF_KIND_VAR:
		return sizeof(struct btf_var);
	case BTF_KIND_DATASEC:
		return nr * sizeof(struct btf_var_secinfo);
	case BTF_KIND_DECL_TAG:
		return sizeof(struct btf_decl_tag);
	case BTF_KIND_ENUM64:
		return nr * sizeof(struct btf_enum64);
	default:
		return 0;
	}
}

static char *read_types(void)
{
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
	struct stat st;
	size_t done = 0;
	ssize_t n;
	char *all;

	if (fd < 0 || fstat(fd, &st))
		err(125, "the kernel's BTF, for a rule iter/NAME");
	all = malloc((size_t)st.st_size);
	if (!all)
		err(125, "the kernel's BTF");
	while ((n = read(fd, all + done, (size_t)st.st_size - done)) > 0)
		done += (size_t)n;
	close(fd);
	if (done < sizeof(struct btf_header) || done < (size_t)st.st_size)
		errx(125, "the kernel's BTF is cut off");
	return all;
}

const char *btf_name(unsigned int id)
{
	const struct btf_header *h;
	const char *types, *end;

	if (!kernel_types)
		kernel_types = read_types();
	h = (const struct btf_header *)kernel_types;
	types = kernel_types + h->hdr_len + h->type_off;
	end = types + h->type_len;
	/* type 0 is void and not in there */
	for (unsigned int i = 1; types < end; i++) {
		const struct btf_type *t = (const struct btf_type *)types;

		if (i == id)
			return kernel_types + h->hdr_len + h->str_off + t->name_off;
		types += sizeof(*t) + rest_of(t);
	}
	return NULL;
}
