// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/lockedmem.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "sys/lent.h"

/* Take the first for all maps of a question, and any limit has room for the second. */
#define MUCH (4u << 20)
#define LITTLE 8

static int try_map(uint32_t bytes)
{
	_cleanup_close_ int fd =
		bpf_map_create(BPF_MAP_TYPE_ARRAY, "locked", sizeof(uint32_t), bytes, 1, NULL);

	return fd < 0 ? -errno : 0;
}

void lockedmem_note(void)
{
	static bool is_said;
	struct rlimit limit;

	if (is_said || !lent_any() || getrlimit(RLIMIT_MEMLOCK, &limit) ||
	    limit.rlim_cur == RLIM_INFINITY)
		return;
	/* Where bpf(2) itself is refused, so is the small one. */
	if (try_map(MUCH) != -EPERM || try_map(LITTLE))
		return;
	is_said = true;
	log_warn("less is known than to root: programs do not fit into %llu KiB of locked memory "
		 "(ulimit -l), 8 MiB are enough: see portwatch-load(1)",
		 (unsigned long long)limit.rlim_cur / 1024);
}
