/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * blame: which processes were in the way of a bind() that failed with EADDRINUSE: the holders of
 * such a socket, or the process that left it, if nobody has it any more (TIME-WAIT, a closing
 * connection) or yet (a descriptor in flight). The tracker is asked when the event is read,
 * milliseconds later at most. An answer is used again for a moment, so that a program that tries
 * again and again cannot keep us busy.
 */
#ifndef FLOW_BLAME_H
#define FLOW_BLAME_H

#include "model/answer.h"
#include "model/event.h"
#include "track/tracker.h"

struct blame {
	struct tracker *tracker;
	struct pw_event last; /* the event that `holders` is the answer to */
	struct event_holder *holders;
	size_t nr_holders;
	bool known;
};

void blame_done(struct blame *b);

/* Fills in the holders, good until the next call. Leaves them unknown when the event is
 * of another kind, or nobody can tell. */
void blame_ask(struct blame *b, const struct pw_event *ev, struct event_extra *ret);

#endif
