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
#include "tables/question.h"
#include "track/sockmap.h"
#include "track/tracker.h"

/* Find the holders of every socket of the answer, which by_sk has by their identities. 0 or a
 * negative errno. */
int owners_resolve(struct tracker *t, const struct question *q, struct answer *a,
		   struct sockmap *by_sk);

/* Is it a socket that somebody has an fd for, unless it is in flight? */
bool owners_expected(const struct socket *s);

/* Adds what one record of a descriptor says: the socket if new, the holder. A record from /proc
 * knows the socket's inode number alone. */
int owners_add(struct answer *a, struct sockmap *by_sk, const struct pw_rec *rec,
	       size_t *ret_index);

#endif
