/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export_counts: metrics of what the tracker has counted since it was loaded. The kernel counts
 * them all, and they never go down, however often somebody looks.
 */
#ifndef MODEL_EXPORT_COUNTS_H
#define MODEL_EXPORT_COUNTS_H

#include "model/churn.h"
#include "model/export_sockets.h"

struct export_accepts {
	uint64_t accepted;
	uint16_t port;
};

/* Sorts v. */
void export_accepts(struct export_accepts *v, size_t nr, struct export_limits *limits,
		    struct metrics *m);

/* stats: enum pw_stat. */
void export_bind_failures(const uint64_t *stats, struct metrics *m);

/* TIME-WAIT as a whole. ends: its ends are counted, too. */
void export_timewait(const struct churn *c, bool ends, struct metrics *m);

/* By network namespace: TIME-WAIT, its limit, and what there was no room for. 0 or -ENOMEM. */
int export_netns(const struct churn *c, struct export_limits *limits, struct metrics *m);

/* TIME-WAIT by port and name of process: what the tracker counted, and what there is now. */
struct export_tally {
	struct pw_tally_key key;
	struct pw_tally counted;
	uint64_t current;
};

/* tallies: hmap of struct export_tally; what c has now is added to it. 0 or -ENOMEM. */
int export_tallies(struct hmap *tallies, const struct churn *c, bool ends,
		   struct export_limits *limits, struct metrics *m);

/* Ephemeral ports by destination. 0 or -ENOMEM. */
int export_peers(const struct churn *c, struct export_limits *limits, struct metrics *m);

#endif
