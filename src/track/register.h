/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * register: every map and every program of the tracker that no hook runs, one row each: its name,
 * its size, who may use it. A new map or program is a row here and its declaration in bpf/.
 *
 * Programs of hooks have their rows in hooks.c. Maps that only programs use (last_taken) have none.
 */
#ifndef TRACK_REGISTER_H
#define TRACK_REGISTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "portwatch.h"

enum map_id {
	MAP_SOCKETS,
	MAP_PORTS,
	MAP_PORT_SLOTS,
	MAP_TIMEWAIT,
	MAP_PROCS,
	MAP_MEMBERS,
	MAP_FAMILIES,
	MAP_HISTORY,
	MAP_EXITS,
	MAP_CMDLINES,
	MAP_RINGS,
	MAP_READERS,
	MAP_META,
	MAP_STATS,
	MAP_QUERIES,
	MAP_CALLS,
	MAP_CHURN,
	MAP_PAIR_OWNERS,
	MAP_TALLIES,
	MAP_RECORDS,
	MAP_CLAIMS,
	MAP_TURNS,
	MAP_NEXT_TURN,
	MAP_MAX
};

/* How many elements a map has. */
enum map_size {
	SIZE_DECLARED, /* as bpf/maps.h declares */
	SIZE_SOCKETS,  /* tracker_opts.max_sockets */
	SIZE_TIMEWAIT, /* tracker_opts.max_timewait */
	SIZE_CHURN,    /* a fourth of these: most connections have their owner and peer in common */
};

struct map_row {
	const char *name;
	bool shared; /* members of the group may read it */
	enum map_size size;
	uint32_t tiny; /* elements where nothing will be kept in it; 0: as declared */
};

extern const struct map_row map_rows[MAP_MAX];

/* Return MAP_MAX if no row has this name. */
enum map_id map_named(const char *name);

/* The programs of bpf/tables: attached to nothing, run when there is a question. */
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

/* The programs of bpf/session, on system calls: a reader attaches one where the tracker meets
 * `need` by `variant`, and if it wants to be told any of `events`. */
struct session_row {
	const char *name;
	enum pw_need need;
	enum pw_variant variant;
	uint32_t events; /* bit per enum pw_event_kind */
};

extern const struct session_row session_rows[];
extern const size_t nr_session_rows;

#endif
