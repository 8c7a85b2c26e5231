/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * owners: which processes have an fd for each socket of an answer, now.
 *
 * Candidates first: creator, last user and their families are looked at in the kernel, one
 * by one. If the fds found account for every reference to the file, nobody else can hold
 * it ("verified"). Otherwise every process is looked at ("walk"), also in the kernel.
 */
#ifndef TRACK_OWNERS_H
#define TRACK_OWNERS_H

#include "model/answer.h"
#include "track/query.h"
#include "track/sockmap.h"

int owners_resolve(struct tracker *t, const struct query *q, struct answer *a,
		   struct sockmap *by_sk);

/* Is it a socket that somebody has an fd for, unless it is in flight? */
bool owners_expected(const struct socket *s);

/* Fills an empty answer with the sockets, on the ports of the query, that one process has an
 * fd of, and with that process as it is now: whoever has this number in our PID namespace.
 * The answer stays empty when nobody has it. For being sure before a signal, so never from
 * the maps. */
int owners_of(struct tracker *t, const struct query *q, uint32_t pid, struct answer *a);

/* Adds what one record of walk_files says: the socket if new, the holder. */
int owners_add(struct answer *a, struct sockmap *by_sk, const struct pw_rec *rec,
	       size_t *ret_index);

/* What a bind() to its port depends on, from a look at the kernel's socket. */
void socket_set_bind(struct socket *s, const struct pw_rec *rec);

#endif
