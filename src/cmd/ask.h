/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ask: the question that `who`, `list` and every command about ports begins with:
 * which sockets are there, who holds them, and may these ports be bound?
 */
#ifndef CMD_ASK_H
#define CMD_ASK_H

#include "model/answer.h"
#include "model/filter.h"
#include "track/tracker.h"

/* Fills an empty answer with the sockets that pass the filter, sorted, with their
 * holders described; and with a verdict on each port that the filter names. 0 or a
 * negative errno for fail_tracker(). */
int ask(struct tracker *t, const struct filter *f, bool listening_first, struct answer *a);

#endif
