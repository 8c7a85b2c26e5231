/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explain: the words of a verdict: a plain sentence, and the facts under it. verdict.c has found
 * out what is true; nothing is judged here. Pure.
 */
#ifndef MODEL_EXPLAIN_H
#define MODEL_EXPLAIN_H

#include "model/answer.h"
#include "model/verdict.h"

/* The sockets of one port that are in the way of a plain bind(), by what they do there. */
struct evidence {
	const struct socket *held, *bound, *kernel, *inflight, *orphan;
	const struct socket *elsewhere;	 /* in another network namespace */
	const struct socket *timewait;	 /* the one that ends last */
	const struct socket *const *all; /* those in the way, and elsewhere */
	size_t nr, nr_of_port;		 /* behind them the others of the port */
	size_t nr_timewait, nr_connections, nr_not_reusable;
	bool with_both;	       /* bindable with SO_REUSEADDR and SO_REUSEPORT together */
	bool free_v4, free_v6; /* of a bare PORT: that half of it is bindable */
};

/* Gives the verdict its hint and its facts. 0 or -ENOMEM. */
int explain(struct verdict *v, const struct evidence *e, const struct answer *a,
	    const struct verdict_facts *facts);

#endif
