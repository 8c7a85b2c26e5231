/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * poller: looks at all sockets again and again, and tells what differs. It looks every 200 ms,
 * sooner after a change and when a socket it knows has ended, and seldom enough to take no more
 * than a fiftieth of a core, however many sockets there are. A socket that came and went between
 * two looks is told by its end alone.
 */
#ifndef LIVE_POLLER_H
#define LIVE_POLLER_H

#include <stdbool.h>

#include "live/live.h"
#include "live/shot.h"
#include "tables/question.h"

#define POLLER_INTERVAL_MS 200

struct poller;

struct poller_opts {
	/* Looks at the sockets: sockets_each(). */
	int (*sockets)(void *arg, uint32_t states, rec_fn fn, void *fn_arg);
	/* Knows, without looking, who holds a socket. NULL: nobody does. */
	bool (*holder)(void *arg, const struct shot_row *row, struct pw_actor *ret);
	void *arg;
	uint32_t who_states;	  /* holders of sockets in these states are looked for in /proc */
	uint32_t states;	  /* of the sockets that are looked at; bit per enum pw_state */
	unsigned int interval_ms; /* between two looks when nothing happens */
	bool hears_ends;	  /* is told by the kernel, and looks then */
	bool tells_ends;	  /* of sockets that it has never seen */
};

/* The states that these events can be told from. f NULL: all. */
uint32_t poller_states(const struct pw_filter *f);

int poller_new(const struct poller_opts *opts, struct poller **ret);
struct poller *poller_free(struct poller *p); /* returns NULL */

int poller_fd(const struct poller *p); /* -1: the system does not tell of ends */
int poller_timeout(const struct poller *p);
int poller_drain(struct poller *p, live_event_fn fn, void *arg);

/* There is something to be seen: look as soon as that is not too often. */
void poller_hurry(struct poller *p);

/* The sockets of the last look, good until the next. */
const struct shot *poller_shot(const struct poller *p);

/* How many looks there have been. */
uint64_t poller_looks(const struct poller *p);

#endif
