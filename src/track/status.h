/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * status: the state of a pinned tracker: its age, fill, losses, hooks, run time
 * and memory.
 */
#ifndef TRACK_STATUS_H
#define TRACK_STATUS_H

#include <stddef.h>

#include "track/tracker.h"

struct prog_cost {
	char name[64];
	uint64_t run_ns;
	uint64_t run_count;
	uint64_t skipped; /* by the kernel, as it was running already (recursion misses, 5.12+) */
};

struct tracker_status {
	struct pw_meta meta;
	uint64_t stats[PW_STAT_MAX];
	uint64_t entries, timewait_entries;
	uint64_t pasts_gone; /* former owners that newer ones have pushed out, of all and of theirs
			      */
	uint64_t map_bytes;  /* as the kernel accounts it (fdinfo memlock) */
	uint64_t missed;     /* events that no program has seen; known if there are any progs */
	bool run_time_known; /* kernel.bpf_stats_enabled */
	struct prog_cost progs[32];
	size_t nr_progs;
	uint32_t nr_readers;
};

int tracker_status(struct tracker *t, struct tracker_status *ret);

#endif
