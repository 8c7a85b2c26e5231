// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/typespath.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stddef.h>

const char *types_path(void)
{
	__u32 id = 0;

	/* ENOENT: there are no types of modules, which is what libbpf takes for an end. */
	if (!bpf_btf_get_next_id(0, &id) || errno == ENOENT)
		return NULL;
	return "/sys/kernel/btf/vmlinux";
}
