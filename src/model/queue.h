/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * queue: what waits for accept() at the listeners of a port. Pure.
 *
 * The kernel has a connection ready before anybody accepts it, and puts it into its listener's
 * queue. One more than the backlog may wait there; then the listener answers no new client.
 */
#ifndef MODEL_QUEUE_H
#define MODEL_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct socket;
struct strbuf;

struct queue {
	size_t nr;	  /* listeners of which the queue is known */
	size_t nr_full;	  /* of these: have no room for a new connection */
	size_t nr_unseen; /* listeners of which it is not known */
	uint64_t waiting; /* for accept(), whatever their clients did since */
	uint64_t backlog; /* how many may wait */
	uint64_t gave_up; /* of those that wait: the client has closed its side */
	uint64_t drops;	  /* attempts to connect that the listeners turned away */
};

/* Has nobody accepted this connection yet? True only if that is certain. */
bool queue_has(const struct socket *s);

/* Does this listener take no connection now? False, too, where that is not known. */
bool queue_has_no_room(const struct socket *s);

/* Add a socket of the port to its queue. */
void queue_add(struct queue *q, const struct socket *s);

/* Does no listener of the port take a connection now? */
bool queue_is_full(const struct queue *q);

/* Add how many wait in it, how many of them in vain, and how many were turned away. */
void queue_describe(struct strbuf *out, const struct queue *q);

#endif
