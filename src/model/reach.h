/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reach: which of several servers on one port a connection comes to, as the kernel chooses them
 * (inet_lookup_listener in net/ipv4/inet_hashtables.c, udp4_lib_lookup2 in net/ipv4/udp.c): by
 * address, then device, then family; among sockets of one SO_REUSEPORT group by chance. Pure.
 */
#ifndef MODEL_REACH_H
#define MODEL_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "portwatch.h"

#define REACH_KEPT 8
#define REACH_NAMES 3 /* in a sentence */

struct answer;
struct evidence;
struct portspec;
struct verdict;

struct somebody {
	uint32_t pid; /* as our own PID namespace numbers it, if it has a number there */
	char comm[PW_COMM_LEN];
};

/* Processes: of each socket the oldest that has it. */
struct crowd {
	struct somebody v[REACH_KEPT];
	size_t nr; /* of all, kept or not */
};

/* nr 0: there is nothing to tell, or it is not known. */
struct reach {
	uint8_t proto;
	struct crowd shared;   /* a group of sockets has several owners: each gets a part */
	struct crowd local[2]; /* whom `localhost` comes to, over 127.0.0.1 and over ::1 */
	bool tells_local;      /* whom it comes to is not plain: others serve the port, too */
};

/* Fill in v->reach of a port that is held, from its sockets in this network namespace; netns 0: in
 * all. Only what is in the way of the bind() asked for is said to be shared. */
void reach_fill(struct verdict *v, const struct answer *a, const struct evidence *e,
		const struct portspec *asked, uint32_t netns);

/* How many of them are kept. */
static inline size_t crowd_kept(const struct crowd *c)
{
	return c->nr < REACH_KEPT ? c->nr : REACH_KEPT;
}

/* "connections are shared out between a (pid 1) and b (pid 2)"; nothing if they are not. */
void reach_add_shared(struct strbuf *out, const struct reach *r);

/* "localhost reaches a (pid 1) over ::1, b (pid 2) over 127.0.0.1"; nothing if it is plain. */
void reach_add_local(struct strbuf *out, const struct reach *r);

#endif
