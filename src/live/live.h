/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * live: events of sockets where no BPF program may run. One table of ways, the best first; each is
 * tried by doing what it does, to the end, and a refusal costs only that way. An event has the
 * form that the tracker's readers get (struct pw_event).
 *
 *	live_new(&opts, &live);
 *	do {
 *		n = live_drain(live, on_event, arg);
 *		poll(live_fd(live), live_timeout(live));
 *	} while (n >= 0);
 */
#ifndef LIVE_LIVE_H
#define LIVE_LIVE_H

#include <stdint.h>

#include "portwatch.h"

struct live;

typedef int (*live_event_fn)(void *arg, const struct pw_event *ev);

struct live_opts {
	const struct pw_filter
		*filter; /* NULL: everything; it lets through too much, never too little */
	/* For one who looks at the sockets himself and only wants to be woken: polling, every so
	 * many ms, sockets in these states (bit per enum pw_state) alone, without their holders. */
	unsigned int wake_ms; /* 0: no such wish */
	uint32_t wake_states;
	const char *way; /* its name: only this one; NULL: the best that works */
};

/* 0; -EOPNOTSUPP, or the refusal of the last way: none works. The filter is copied. */
int live_new(const struct live_opts *opts, struct live **ret);
struct live *live_free(struct live *l); /* returns NULL */

const char *live_name(const struct live *l);
/* Return a line about what this way does not see. */
const char *live_loss(const struct live *l);

/* Readable when there may be events; and how long poll() may sleep otherwise, in ms. */
int live_fd(const struct live *l);
int live_timeout(const struct live *l);

/* Hands every waiting event to fn (which returns 0 or a negative error to stop; the rest is kept
 * for the next call). Returns how many, or the error. */
int live_drain(struct live *l, live_event_fn fn, void *arg);

#endif
