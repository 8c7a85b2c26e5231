/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * churn_cells: a cell is a process at a port and a peer: what the counters and the sockets say of
 * these three together. Rows are made from cells.
 */
#ifndef MODEL_CHURN_CELLS_H
#define MODEL_CHURN_CELLS_H

#include "model/churn.h"

/* A counter of the tracker at the last look. There are as many as its map has room for: so by the
 * hash of its key and of when it began, since another `since` is another counter. */
struct churn_count {
	uint64_t id;
	uint64_t entered;
};

struct churn_cell {
	struct pw_churn_key key;
	uint64_t current, entered; /* of what is wanted */
	uint64_t entered_all;
	uint64_t all; /* TIME-WAIT now, whatever is wanted */
	bool wanted;  /* one of its sockets is, also if it is no TIME-WAIT */
	/* Counts of sockets whose local port is in the ephemeral range: */
	uint32_t live, timewait, young, held;
	uint32_t bound; /* counted in none of these: bind() has taken the port, for all destinations
			 */
	uint16_t ends[FORECAST_BUCKETS];
};

/* Return the key of the peer that the cell belongs to. */
struct churn_peer_key churn_peer_of(const struct churn_cell *cell);

/* Give each socket that does not say which side it was to a cell, by how often its ports are met.
 * 0 or -ENOMEM. */
int churn_settle(struct churn *c);

#endif
