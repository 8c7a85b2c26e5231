/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * refusal: why the kernel has refused a call a local port, besides who is in the way (blame.h). It
 * says so of the own network namespace, whose settings it reads; of others the reason stays
 * unknown. To count the ports of a range takes a look at all of them, so a program that tries again
 * and again gets the same answer for a second.
 */
#ifndef FLOW_REFUSAL_H
#define FLOW_REFUSAL_H

#include "model/event.h"
#include "model/portuse.h"
#include "track/tracker.h"

struct refusal {
	const char *pin_dir;	 /* of the tracker, beside which guards are; NULL: the default */
	struct tracker *tracker; /* NULL: nobody counts the ports */
	uint32_t netns;		 /* our own; 0: not read yet */
	struct pw_event last;	 /* the event that `use` is the answer to */
	struct portuse use;
	bool known;
	char reason[160];
	struct pw_event guarded; /* the event that `guard` is the answer to */
	char guard[160];	 /* "guarded for nginx.service"; "": it is not that */
};

/* Fill in reason and range, good until the next call; leave them where they are not known. */
void refusal_ask(struct refusal *r, const struct pw_event *ev, struct event_extra *ret);

#endif
