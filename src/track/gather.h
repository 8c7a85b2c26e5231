/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gather: an answer in the making, and what a record of a source adds to it. query_maps.c takes
 * the records from the tracker's maps, query_kernel.c from the kernel's own tables.
 */
#ifndef TRACK_GATHER_H
#define TRACK_GATHER_H

#include "track/query.h"
#include "track/sockmap.h"

struct gather {
	struct tracker *t;
	const struct query *q;
	struct answer *a;
	struct sockmap by_id;
};

/* Return what a query asks of the kernel's tables. */
struct question gather_question(const struct query *q);

/* Add the socket of a record, or what the record says of a socket that the answer has. 0 or
 * -ENOMEM. Of the type rec_fn; arg: struct gather. */
int gather_socket(void *arg, const struct pw_rec *rec);

/* Bring a UDP socket that is in the answer up to date: its state and peer change without an event.
 * arg: struct gather. */
int gather_refresh(void *arg, const struct pw_rec *rec);

/* Drop the sockets of the answer that keep() does not want. Of those that stay later records are
 * told apart as before. 0 or -ENOMEM. */
int gather_keep(struct gather *g,
		bool (*keep)(void *arg, const struct answer *a, const struct socket *s), void *arg);

struct identity gather_identity(const struct pw_rec *rec);

/* Note what a bind() to the socket's port depends on, from a look at the kernel's socket. */
void socket_set_bind(struct socket *s, const struct pw_rec *rec);

/* Likewise what waits at it. */
void socket_set_queue(struct socket *s, const struct pw_rec *rec);

#endif
