/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * query: fills an answer with the sockets that use given local ports, and their
 * holders. From a pinned or live tracker it costs a few map look-ups while nobody
 * is connected; a snapshot reads the kernel's own tables through the iterators.
 */
#ifndef TRACK_QUERY_H
#define TRACK_QUERY_H

#include "model/answer.h"
#include "tables/question.h"
#include "track/tracker.h"

struct query {
	/* Bit per local port, in host order; NULL: every port. */
	const uint64_t *ports; /* [1024] */
	uint8_t proto;	       /* PW_TCP, PW_UDP, 0: both */
	bool holders;	       /* find out who holds each socket */
	/* Only those that are bound or listening matter: others are not looked for, and may be
	 * missing. Saves the scan for connections. */
	bool listening;
	/* Only this network namespace matters, by its inode number; 0: all of them. Saves the
	 * look into the others; sockets of theirs may still be in the answer. */
	uint32_t netns;
	/* The answer notes how well this one can be seen (about_seen). 0: of none. */
	uint32_t about;
	/* Not what no process has a descriptor of, which iter/tcp alone shows: TIME-WAIT, of which
	 * there may be a hundred thousand, and what is not accepted yet. */
	bool no_small;
};

int query_run(struct tracker *t, const struct query *q, struct answer *a);

/* Fills an empty answer with the sockets, on the ports of the query, that one process has an
 * fd of, and with that process as it is now: whoever has this number in our PID namespace.
 * The answer stays empty when nobody has it. For being sure before a signal, so never from
 * the maps. */
int query_process(struct tracker *t, const struct query *q, uint32_t pid, struct answer *a);

/* Read the counters of a port, of all network namespaces: one look-up. 0 or a negative errno. */
int query_port(struct tracker *t, uint8_t proto, uint16_t port, struct pw_port *ret);

/* Read what the map says of the socket at this address. 0; -ENOENT: nothing; a negative errno. */
int query_entry(struct tracker *t, uint64_t sk, struct pw_sock *ret);

/* Has the kernel not yet taken the port from this socket (of an event), which is closed or
 * about to be? 1, 0 or a negative errno. */
int query_holds_port(struct tracker *t, const struct pw_event *ev);

#endif
