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

/* Fills an empty answer with the sockets that pass the filter, sorted, with their
 * holders described; and with a verdict on each port that the filter names. 0 or a
 * negative errno for fail_tracker(). */
int ask(struct tracker *t, const struct filter *f, bool listening_first, struct answer *a);

/* The same in two steps, for one who asks again and again: what is there and the verdicts for
 * binds in one network namespace (0: all of them), as quick as can be; then, for the answer
 * that is printed, its order and its processes. */
int ask_verdicts(struct tracker *t, const struct filter *f, uint32_t netns, struct answer *a);
int ask_describe(struct answer *a);

/* Those that are in the answer by now, since each costs a look into its /proc/PID. PROC_...: what
 */
int ask_describe_holders(struct answer *a, unsigned int what);

#endif
