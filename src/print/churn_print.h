/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * churn_print: a look at TIME-WAIT as text (tables by port, peer and name) or
 * as one JSON object (portwatch.json(5), TIMEWAIT).
 */
#ifndef PRINT_CHURN_PRINT_H
#define PRINT_CHURN_PRINT_H

#include <stdio.h>

#include "model/churn.h"
#include "model/churn_sort.h"
#include "print/sink.h"

enum churn_view { CHURN_PORTS, CHURN_PEERS, CHURN_PROCESSES, CHURN_PIDS, CHURN_ALL };

struct churn_print_opts {
	enum churn_view view; /* text: a terminal shows the heaviest of each, unless with -v */
	enum churn_order order;
	uint32_t
		top; /* text: rows of each table, and warnings; 0: a screen's worth on a terminal */
	uint32_t age_s; /* text: the look is so old; told from 3 s on */
	bool follows;	/* text: not the first; a terminal is cleared, a pipe gets a blank line */
};

/* Print and flush. 0, -ENOMEM or the FILE's error. */
int churn_text(const struct churn *c, const struct churn_print_opts *how,
	       const struct out_opts *opts, FILE *out);
int churn_json(const struct churn *c, const struct churn_print_opts *how,
	       const struct out_opts *opts, FILE *out);

#endif
