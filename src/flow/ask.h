/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ask: the question that `who`, `list` and every command about ports begins with:
 * which sockets are there, who holds them, and may these ports be bound?
 */
#ifndef FLOW_ASK_H
#define FLOW_ASK_H

#include "model/answer.h"
#include "model/filter.h"
#include "track/tracker.h"

/* Fill an empty answer with the sockets that pass the filter, sorted, with their
 * holders described, and with a verdict on each port that the filter names. 0 or a
 * negative errno for fail_tracker(). */
int ask(struct tracker *t, const struct filter *f, bool listening_first, struct answer *a);

/* Ask in two steps, for a caller that asks again and again. The first is as quick as can be: it
 * fills in the sockets, and the verdicts for binds in one network namespace (inode number; 0: in
 * all). The second sorts the answer that is to be printed, and describes its processes. */
int ask_verdicts(struct tracker *t, const struct filter *f, uint32_t netns, struct answer *a);
int ask_describe(struct answer *a);

/* Describe the processes that are in the answer by now, each by a look into its /proc/PID. `what`:
 * the PROC_... bits of what to read. */
int ask_describe_holders(struct answer *a, unsigned int what);

#endif
