/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * question: what a reader of the kernel's tables is asked for. Every reader answers with the
 * records of portwatch.h and leaves out what it cannot know.
 */
#ifndef TABLES_QUESTION_H
#define TABLES_QUESTION_H

#include <stdbool.h>
#include <stdint.h>

#include "portwatch.h"

struct inode_set;

/* All zero asks for everything. */
struct question {
	const uint64_t *ports; /* [1024]: bit per local port, host order; NULL: every port */
	uint8_t proto;	       /* PW_TCP, PW_UDP; 0: both */
	uint32_t pid;	       /* holders: only those of this process, as our PID namespace numbers
				* it; 0: all */
	const struct inode_set *inodes; /* holders: of these sockets; NULL: of all */
	bool small;	 /* only what has no struct socket: TIME-WAIT, request sockets, orphans */
	bool namespaces; /* tasks: some of each network namespace will do */
	bool sweep;	 /* the tracker's own map: only remove what is no longer there */
	uint32_t states; /* bit per enum pw_state; TIME_WAIT stands for that of either state.
			  * 0: every state */
};

/* Takes one record, which is good until it returns. 0, or a negative errno that ends the reading.
 */
typedef int (*rec_fn)(void *arg, const struct pw_rec *rec);

static inline bool question_wants_proto(const struct question *q, uint8_t proto)
{
	return !q->proto || q->proto == proto;
}

static inline bool question_wants_state(const struct question *q, uint8_t state)
{
	return !q->states || q->states & 1u << state;
}

/* Is this record of a socket one that was asked for? A socket without a port never is. */
static inline bool question_wants(const struct question *q, const struct pw_rec *rec)
{
	uint16_t port = rec->sock.lport;

	return port && question_wants_proto(q, rec->sock.proto) &&
	       (!q->ports || q->ports[port / 64] >> port % 64 & 1) &&
	       question_wants_state(q, rec->timewait ? PW_TIME_WAIT : rec->sock.state) &&
	       !(q->small && rec->has_socket);
}

#endif
