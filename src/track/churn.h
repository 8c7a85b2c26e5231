/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * churn: what the tracker and the kernel know about TIME-WAIT. The kernel's own table says
 * which there are (facts_churn()), the tracker how many there were and who left them.
 */
#ifndef TRACK_CHURN_H
#define TRACK_CHURN_H

#include <stdint.h>

#include "track/tracker.h"

/* Every counter of the map `churn`. Without a tracker there are none. */
int churn_counts(struct tracker *t,
		 int (*fn)(void *arg, const struct pw_churn_key *key, const struct pw_churn *count),
		 void *arg);

/* Every tally by port and name of process. */
int churn_tallies(struct tracker *t,
		  int (*fn)(void *arg, const struct pw_tally_key *key,
			    const struct pw_tally *count),
		  void *arg);

/* For ends of TIME-WAIT that no hook has told: compares what the tracker has with the kernel's
 * tables of all network namespaces, and counts and tells the ends. While another process is at
 * it, it does nothing. 0; 1: a namespace could not be entered, and no end is told; a negative
 * errno. */
int churn_sweep(struct tracker *t);

/* All about the process of a TIME-WAIT socket. -ENOENT: not known (any more). */
int churn_process(struct tracker *t, const struct pw_churn_rec *rec, struct pw_actor *ret);

#endif
