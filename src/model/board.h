/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * board: the ports of the live table (`top`), put together from looks at a part of them. Pure.
 *
 *	board_update(&b, &look, ports);		after a query: what it found replaces those ports
 *	board_accepted(&b, &ev);		per connection that an event tells of
 *	board_tick(&b, elapsed_ns);		at each interval: counts become rates
 *
 * A row is one {protocol, port, namespace, address}; several sockets of a SO_REUSEPORT group are
 * one row. Connections are no rows: they are counted in the row that took them.
 *
 * Invariants: sockets and rows are in the order of their keys, and the sockets of a row lie one
 * behind the other. Pointers and indices are good until the next board_update(); what a row has
 * counted outlives it.
 */
#ifndef MODEL_BOARD_H
#define MODEL_BOARD_H

#include "base/vec.h"
#include "model/answer.h"

struct board_key {
	uint32_t netns;
	uint16_t port;
	uint8_t proto;
	uint8_t family;
	struct pw_addr addr;
};

struct board_row {
	struct board_key key;
	uint8_t state; /* of several: LISTEN before UNCONN before BOUND */
	size_t first_socket, nr_sockets;
	size_t first_owner, nr_owners; /* into board.owners, the oldest first */
	uint64_t since_ns;	       /* of the oldest socket; 0: unknown */
	bool alone;		       /* the only row of its protocol and port */
	uint64_t conns;
	uint64_t accepted; /* since the last tick */
	double accept_rate;
	uint64_t timewait;
	double timewait_rate;
};

/* A process beyond what the answer has of it. Its index is that of the answer's process. */
struct board_process {
	bool described;
	uint32_t parent; /* 0: unknown */
};

struct board {
	struct answer a; /* bound, listening and unconnected sockets only */
	struct board_process *info;
	VEC(struct board_row) rows;
	VEC(size_t) owners; /* indices of processes */
	double accept_rate; /* of all */
};

void board_init(struct board *b);
void board_done(struct board *b);

/* Takes the sockets out of `look` that belong on the board. ports: bit per local port that was
 * asked for (struct query), NULL: all. 0 or -ENOMEM. */
int board_update(struct board *b, struct answer *look, const uint64_t *ports);

/* Return the row that has this key, or that would take a connection to this address; NULL: none. */
struct board_row *board_find(const struct board *b, const struct board_key *key);
struct board_row *board_taker(const struct board *b, const struct board_key *to);

void board_accepted(struct board *b, const struct pw_event *ev);
void board_tick(struct board *b, uint64_t elapsed_ns);

static inline const struct process *board_owner(const struct board *b, const struct board_row *r,
						size_t i)
{
	return &b->a.processes[b->owners.v[r->first_owner + i]];
}

int board_compare_keys(const struct board_key *a, const struct board_key *b);

#endif
