/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * evidence: the sockets of one port that a verdict rests on, by what each proves. verdict.c picks
 * them, explain.c puts them into words. They stay the answer's.
 */
#ifndef MODEL_EVIDENCE_H
#define MODEL_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/answer.h"

/* The sockets of one port that are in the way of a plain bind(), by what they do there. */
struct evidence {
	const struct socket *held, *bound, *kernel, *inflight, *orphan;
	const struct socket *elsewhere;	 /* in another network namespace */
	const struct socket *timewait;	 /* the one that ends last */
	const struct socket *const *all; /* those in the way, and elsewhere */
	size_t nr, nr_of_port;		 /* behind them the others of the port */
	size_t nr_timewait, nr_connections, nr_not_reusable;
	size_t nr_close_wait;  /* of nr_connections, with a process */
	bool with_both;	       /* bindable with SO_REUSEADDR and SO_REUSEPORT together */
	bool free_v4, free_v6; /* of a bare PORT: that half of it is bindable */
};

struct verdict_facts;

/* Add a socket that is in the way of what was asked for, here or in another network namespace. */
void evidence_add(struct evidence *e, const struct socket *s, const struct verdict_facts *facts);

#endif
