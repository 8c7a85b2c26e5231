/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * event: what is known about an event beyond the record that the kernel side made of it. The
 * caller that fills it in owns the memory.
 */
#ifndef MODEL_EVENT_H
#define MODEL_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/portuse.h"
#include "portwatch.h"

/* A process in the way of a bind(). */
struct event_holder {
	struct pw_actor actor;
	uint8_t state; /* of the socket; 0: not known */
	bool left;     /* has no fd for it any more: left it behind, or sent it on */
};

/* Facts about an event that are not in its record. */
struct event_extra {
	const struct event_holder *holders; /* PW_EV_BIND_FAILED: who holds the port now */
	size_t nr_holders;
	bool holders_known;	     /* asked for: with none, "holders" is [] rather than absent */
	const char *reason;	     /* PW_EV_BIND_FAILED: in words; NULL: unknown */
	const struct pw_actor *peer; /* at the other end, within this host; NULL: unknown */
	bool peer_inferred;	     /* from the listener: nobody has accepted the connection yet */
	const uint32_t *fds;	     /* PW_EV_BIND, PW_EV_LISTEN: the process's of the socket */
	size_t nr_fds;		     /* 0: unknown */
	const struct portuse *range; /* that the kernel chose from; NULL: it did not, or unknown */
};

#endif
