/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * until: sleep until ports are listened on, or free, without polling where a tracker can be had. A
 * reader of events is registered first, then the present is looked at, so nothing falls in between;
 * then one poll() waits for the event that can change the answer, for the next TIME-WAIT to end
 * where nothing tells of that, for the deadline, and for a signal.
 *
 * What is free is decided by the kernel's rules of bind() (model/verdict.h), after the kernel
 * has taken the port from every socket that was seen to close; what is listening by a socket
 * that connections can already find.
 */
#ifndef FLOW_UNTIL_H
#define FLOW_UNTIL_H

#include "flow/events.h"
#include "model/answer.h"
#include "model/filter.h"

enum goal { GOAL_LISTEN, GOAL_FREE };

struct until {
	/* Asked what there is. A snapshot tells of no events: then the ends of sockets wake us,
	 * which the kernel's sock_diag tells, and looking for new ones every 20 ms. */
	struct tracker *tracker;
	const struct filter *filter; /* ports and families */
	enum goal goal;
	bool any;	      /* one port is enough; else all of them */
	uint32_t netns;	      /* where; 0: in any namespace (listen), in all of them (free) */
	uint64_t deadline_ns; /* CLOCK_BOOTTIME; 0: none */
	int signal_fd;	      /* readable when it is to end; -1: none */
	struct events events; /* made by until_reached(), freed by the caller */
};

/* 1: reached; 0: the deadline came; -EINTR: a signal did; or another negative errno. The last
 * look at the ports is in *ret, which the caller has initialised and will free. */
int until_reached(struct until *u, struct answer *ret);

/* Does this socket take what arrives for one of the ports asked for? */
bool until_listens(const struct until *u, const struct socket *s);

#endif
