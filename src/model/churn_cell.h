/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of churn know of each other: a cell is a process at a port and a peer, from
 * which rows of all three kinds are made. */
#ifndef MODEL_CHURN_CELL_H
#define MODEL_CHURN_CELL_H

#include "model/churn.h"

struct churn_cell {
	struct pw_churn_key key;
	uint64_t current, entered; /* of what is wanted */
	uint64_t entered_all;
	/* Those whose local port is one of the range: */
	uint32_t live, timewait, young, held;
	uint16_t ends[FORECAST_BUCKETS];
};

struct churn_netns *churn_netns_of(const struct churn *c, uint32_t inode);

/* Fills in c->ports, c->peers and c->processes. */
int churn_make_rows(struct churn *c);

/* Fills in the forecasts, the cures and c->warnings. */
int churn_judge(struct churn *c);

#endif
