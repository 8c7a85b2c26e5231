/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * peer: which process is at the other end of a connection within this host. The tracker's map has
 * both ends, but no index of connections: the look takes a few milliseconds, so a tenth of a
 * processor's time is spent on looks at most. The answer is unknown beyond that, and for a
 * connection that has ended before the look.
 */
#ifndef FLOW_PEER_H
#define FLOW_PEER_H

#include "model/event.h"
#include "track/tracker.h"

#define PEER_PAIRS 16 /* remembered: the events of both ends come one behind the other */

struct peer_end {
	uint64_t sk, cookie;
	struct pw_actor actor;
	bool is_inferred; /* nobody has accepted the connection yet: the listener's process */
};

/* Two sockets that were seen to be connected to each other. */
struct peer_pair {
	struct peer_end ends[2];
};

struct peer {
	struct tracker *tracker;
	struct peer_pair pairs[PEER_PAIRS];
	size_t nr_pairs;  /* ever found; the last ones are kept */
	uint64_t next_ns; /* no look before */
};

/* Fill in the peer of an accept() or connect(), good until the next call. */
void peer_ask(struct peer *p, const struct pw_event *ev, struct event_extra *ret);

#endif
