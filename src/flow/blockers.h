/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * blockers: what keeps ports from being free, and by which event the end of it can be known. The
 * sockets that were told to be closing are kept apart: the kernel takes their port from them a
 * moment later, and tells nothing more.
 */
#ifndef FLOW_BLOCKERS_H
#define FLOW_BLOCKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/verdict.h"
#include "track/tracker.h"

#define BLOCKERS_MAX 64
#define BLOCKERS_CLOSING 64

struct blocker {
	uint64_t sk; /* 0: TIME-WAIT */
	uint16_t port;
};

struct blockers {
	struct blocker list[BLOCKERS_MAX];
	size_t nr;
	bool overflowed; /* there are more: every event may concern them */
	struct pw_event closing[BLOCKERS_CLOSING]; /* a ring */
	size_t nr_closing;			   /* all that were told, not only those kept */
};

/* Forget the blockers, but not what is closing. */
void blockers_reset(struct blockers *b);

/* Note what this verdict says is in the way. */
void blockers_add(struct blockers *b, const struct verdict *v);

/* Return whether this event may be the end of a blocker. */
bool blockers_concern(const struct blockers *b, const struct pw_event *ev);

/* Keep the event if its socket gives its port back at once. */
void blockers_note_end(struct blockers *b, const struct pw_event *ev);

/* Return whether a blocker has been told to end, so that no other event will come. */
bool blockers_are_closing(const struct blockers *b);

/* Return 1 if the kernel still counts a closing socket as the owner of its port, 0 if it counts
 * none, or a negative errno. */
int blockers_still_hold(const struct blockers *b, struct tracker *t);

#endif
