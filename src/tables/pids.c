// SPDX-License-Identifier: GPL-2.0-or-later
#include "tables/pids.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"

int pids_open_proc(void)
{
	_cleanup_close_ int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs))
		return -errno;
	return fs.f_type == PROC_SUPER_MAGIC ? TAKE_FD(fd) : -ENOENT;
}

void pids_done(struct pids *p)
{
	free(p->list.v);
	*p = (struct pids){};
}

bool pids_number(const char *name, uint32_t *ret)
{
	return name[0] >= '0' && name[0] <= '9' && !num_parse_u32(name, 0, UINT32_MAX, ret);
}

static int add(struct pids *p, uint32_t pid)
{
	uint32_t *new = VEC_ADD(&p->list);

	if (!new)
		return -ENOMEM;
	*new = pid;
	return 0;
}

static int ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static int add_all(struct pids *p, const char *entries, size_t len)
{
	const struct dirent64 *d;
	uint32_t pid;

	for (size_t at = 0; at < len; at += d->d_reclen) {
		d = (const void *)(entries + at);
		if (pids_number(d->d_name, &pid) && add(p, pid))
			return -ENOMEM;
	}
	return 0;
}

int pids_read(int dir, struct pids *p)
{
	_Alignas(struct dirent64) char entries[32768];
	ssize_t n;

	p->list.nr = 0;
	if (lseek(dir, 0, SEEK_SET) < 0)
		return -errno;
	while ((n = getdents64(dir, entries, sizeof(entries))) > 0)
		if (add_all(p, entries, (size_t)n))
			return -ENOMEM;
	if (n < 0)
		return -errno;
	VEC_SORT(&p->list, ascending);
	return 0;
}

/* The last word of loadavg (loadavg_proc_show, fs/proc/loadavg.c). */
uint32_t pids_last(int proc)
{
	_cleanup_close_ int fd = openat(proc, "loadavg", O_RDONLY | O_CLOEXEC);
	char text[128];
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	uint32_t last;
	char *word;

	if (len <= 0)
		return UINT32_MAX;
	text[len] = '\0';
	text[strcspn(text, "\n")] = '\0';
	word = strrchr(text, ' ');
	return word && pids_number(word + 1, &last) ? last : UINT32_MAX;
}

bool pids_have(const struct pids *p, uint32_t pid)
{
	return p->list.nr &&
	       bsearch(&pid, p->list.v, p->list.nr, sizeof(*p->list.v), ascending) != NULL;
}

int pids_merge(struct pids *p, const struct pids *other)
{
	int err = 0;

	for (size_t i = 0, nr = p->list.nr; i < other->list.nr && !err; i++) {
		struct pids old = { .list = { .v = p->list.v, .nr = nr } };

		if (!pids_have(&old, other->list.v[i]))
			err = add(p, other->list.v[i]);
	}
	VEC_SORT(&p->list, ascending);
	return err;
}

void pids_subtract(struct pids *p, const struct pids *other)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->list.nr; i++)
		if (!pids_have(other, p->list.v[i]))
			p->list.v[kept++] = p->list.v[i];
	p->list.nr = kept;
}
