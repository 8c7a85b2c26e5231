/* SPDX-License-Identifier: GPL-2.0-or-later */
/* story_conn: the sockets that a story remembers, its listeners, and who accepts what. */
#ifndef LIVE_STORY_CONN_H
#define LIVE_STORY_CONN_H

#include "live/story.h"

/* A socket. s.creator is the process it belongs to. */
struct conn {
	uint64_t sk;	/* or the inode number, of a listener that is older than the trace */
	uint64_t inode; /* of a listener; 0: unknown */
	struct pw_sock s;
	bool ended;    /* taken apart: the row may be used again */
	bool inferred; /* the process is the listener's */
	bool accepted; /* some process has, or had, a descriptor */
	bool closed;   /* told */
	bool reset;
};

struct conn *conn_find(const struct story *s, uint64_t sk);

/* The socket, as it begins to listen or to connect. NULL: out of memory. */
struct conn *conn_begin(struct story *s, const struct trace *t);

/* The socket of which something else is told; it may be a new connection, or older than the trace.
 * NULL: out of memory. */
struct conn *conn_meet(struct story *s, const struct trace *t);

/* Takes over the addresses and ports that are known by now. */
void conn_learn(struct conn *c, const struct trace *t);

void conn_end(struct story *s, struct conn *c);

int conn_add_listener(struct story *s, const struct conn *c);
void conn_drop_listener(struct story *s, uint64_t sk);

/*
 * The connection that accept() has just taken from the listener with this inode number (0: not
 * known) for the process tgid: the oldest. NULL: not known. *ret_sure: no other process could have
 * taken it instead.
 */
struct conn *conn_accept(struct story *s, uint64_t inode, uint32_t tgid, bool *ret_sure);

#endif
