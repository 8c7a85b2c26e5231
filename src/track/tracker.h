/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracker: the maps and iterator programs that answers are read from, wherever
 * they come from:
 *   pinned    loaded earlier by `portwatch load`; opened by name, no skeleton
 *   live      loaded by this process for as long as it runs (stream)
 *   snapshot  only the iterators, loaded by this process (who, list without load)
 *
 * Invariants: map and program fds are opened on first use, CLOEXEC, and closed by
 * tracker_free(). A function that fails leaves its outputs untouched and says why
 * in one line (tracker_reason()), for the command to print.
 */
#ifndef TRACK_TRACKER_H
#define TRACK_TRACKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "portwatch.h"

#define TRACKER_PIN_DIR "/sys/fs/bpf/portwatch"

enum tracker_kind { TRACKER_PINNED, TRACKER_LIVE, TRACKER_SNAPSHOT };

/* Preferred hooks: TIER_AUTO takes the best that this kernel allows. */
enum tier { TIER_AUTO, TIER_FENTRY, TIER_KPROBE, TIER_TRACEPOINT };

struct tracker_opts {
	const char *pin_dir;
	enum tier tier;
	uint32_t max_sockets;  /* 0: default, 65536 */
	uint32_t max_timewait; /* 0: default, 65536 */
	bool has_group;	       /* tracker_load(): members of this group may ask, see share.h */
	gid_t group;
	bool verbose; /* libbpf's own messages go to standard error */
};

struct tracker;

/* 0, or -ENOENT: nothing is loaded; -EINPROGRESS: a part, of a load or unload that goes on or was
 * killed; -ESTALE: loaded by another version; -EACCES/-EPERM: not permitted. */
int tracker_open_pinned(const struct tracker_opts *opts, struct tracker **ret);

/* 0, or -EPERM: a capability is missing; -EOPNOTSUPP: this kernel cannot. */
int tracker_new_live(const struct tracker_opts *opts, struct tracker **ret);
int tracker_new_snapshot(const struct tracker_opts *opts, struct tracker **ret);

/* Load, attach, seed, pin. 0, -EALREADY: was loaded (nothing changed), -ESTALE as
 * above, or an error; whatever happens no half of a tracker stays. */
int tracker_load(const struct tracker_opts *opts);
/* 0, -ENOENT: nothing was loaded. */
int tracker_unload(const struct tracker_opts *opts);

struct tracker *tracker_free(struct tracker *t);

/* Return a line about the last failure in this process, never NULL. */
const char *tracker_reason(void);

enum tracker_kind tracker_kind(const struct tracker *t);
const struct pw_meta *tracker_meta(const struct tracker *t);

/* Is a pinned one still that which was opened? Without its pins no hook is left, and
 * nothing is told any more. 0, or -ENODEV. */
int tracker_still_there(struct tracker *t);

/* For poll: readable (once and for all) when tracker_still_there() is worth asking. -1: that cannot
 * be told, or the tracker is ours. It is the tracker's, and closed with it. */
int tracker_gone_fd(struct tracker *t);

/* The tracker's counters, summed over the CPUs: stats[PW_STAT_MAX]. */
int tracker_stats(struct tracker *t, uint64_t *ret_stats);

/* Did it ever refuse or lose something that answers depend on? */
int tracker_degraded(struct tracker *t, bool *ret);

#endif
