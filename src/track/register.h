/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * register: every map of the tracker and every program that reads tables, one row each. A new one
 * is a row here and its declaration in bpf/.
 */
#ifndef TRACK_REGISTER_H
#define TRACK_REGISTER_H

#include <stdbool.h>
#include <stdint.h>

enum map_id {
	MAP_SOCKETS,
	MAP_PORTS,
	MAP_PORT_SLOTS,
	MAP_TIMEWAIT,
	MAP_PROCS,
	MAP_KIN,
	MAP_FAMILIES,
	MAP_HISTORY,
	MAP_LIVES,
	MAP_WORDS,
	MAP_RINGS,
	MAP_READERS,
	MAP_META,
	MAP_STATS,
	MAP_QUERIES,
	MAP_CALLS,
	MAP_CHURN,
	MAP_PLACES,
	MAP_TALLIES,
	MAP_RECORDS,
	MAP_CLAIMS,
	MAP_TURNS,
	MAP_NEXT_TURN,
	MAP_MAX
};

struct map_row {
	const char *name;
	bool shared; /* members of the group may read it */
};

extern const struct map_row map_rows[MAP_MAX];

/* The programs of bpf/tables: attached by nobody, run when there is a question. */
enum prog_id {
	PROG_WALK,
	PROG_WALK_FILES,
	PROG_WALK_TASKS,
	PROG_DUMP_TCP,
	PROG_DUMP_UDP,
	PROG_EACH_SOCKET,
	PROG_DUMP_SOCKETS,
	PROG_DUMP_CHURN,
	PROG_HOLDS_PORT,
	PROG_MEND,
	PROG_SWEEP_EACH,
	PROG_SWEEP_TIMEWAIT,
	PROG_MARK_TIMEWAIT,
	PROG_SEED_FILES,
	PROG_SEED_WALK,
	PROG_SEED_TCP,
	PROG_SEED_UDP,
	PROG_MAX
};

struct prog_row {
	const char *name;
	const char *type;   /* as its section in bpf/tables names it */
	uint32_t maps;	    /* bit per map_id: what it needs of its own where no tracker is */
	bool can_be_proved; /* on a socket of our own, and so may be loaded with types from a file
			     */
	bool tracker_only;  /* it reads or repairs the tracker's maps */
	bool for_root;	    /* it changes them: not for members of the group */
};

extern const struct prog_row prog_rows[PROG_MAX];

#endif
