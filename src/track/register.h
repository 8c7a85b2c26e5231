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

#define MAP_HASH .tiny = 64 /* a hash map of the kernel's, preallocated or LRU */

/* clang-format off */
/* MAP(identifier, name, what else struct map_row says) */
#define MAP_ROWS(MAP)                                                              \
	MAP(SOCKETS, "sockets", .shared = true, .size = SIZE_SOCKETS, MAP_HASH)    \
	MAP(PORTS, "ports", .shared = true, .tiny = 1)                             \
	MAP(PORT_SLOTS, "port_slots", .shared = true, MAP_HASH)                    \
	MAP(TIMEWAIT, "timewait", .shared = true, .size = SIZE_TIMEWAIT, MAP_HASH) \
	MAP(PROCS, "procs", .shared = true, MAP_HASH)                              \
	MAP(MEMBERS, "members", .shared = true, MAP_HASH)                          \
	MAP(FAMILIES, "families", .shared = true, MAP_HASH)                        \
	MAP(HISTORY, "history", .shared = true, MAP_HASH)                          \
	MAP(EXITS, "exits", .shared = true, MAP_HASH)                              \
	MAP(CMDLINES, "cmdlines", .shared = true, MAP_HASH)                        \
	MAP(RINGS, "rings")                                                        \
	MAP(READERS, "readers")                                                    \
	MAP(META, "meta", .shared = true)                                          \
	MAP(STATS, "stats", .shared = true)                                        \
	MAP(QUERIES, "queries", MAP_HASH)                                          \
	MAP(CALLS, "calls", MAP_HASH)                                              \
	MAP(CHURN, "churn", .shared = true, .size = SIZE_CHURN, MAP_HASH)          \
	MAP(PAIR_OWNERS, "pair_owners", MAP_HASH)                                  \
	MAP(TALLIES, "tallies", MAP_HASH)                                          \
	MAP(RECORDS, "records")                                                    \
	MAP(CLAIMS, "claims")                                                      \
	MAP(TURNS, "turns", MAP_HASH)                                              \
	MAP(NEXT_TURN, "next_turn", MAP_HASH)

enum map_id {
#define MAP(id, ...) MAP_##id,
	MAP_ROWS(MAP)
#undef MAP
	MAP_MAX
};
/* clang-format on */

extern const struct map_row map_rows[MAP_MAX];

/* Return MAP_MAX if no row has this name. */
enum map_id map_named(const char *name);

/* A program of bpf/tables: attached to nothing, run when there is a question. */
struct prog_row {
	const char *name;
	const char *type;   /* as its section in bpf/tables names it */
	uint32_t maps;	    /* bit per map_id: what it needs of its own where no tracker is */
	bool can_be_proved; /* on a socket of our own, and so may be loaded with types from a file
			     */
	bool tracker_only;  /* it reads or repairs the tracker's maps */
	bool for_root;	    /* it changes them: not for members of the group */
};

#define PROG_QUESTION .maps = 1u << MAP_QUERIES
#define PROG_OUTPUT .maps = 1u << MAP_RECORDS | 1u << MAP_CLAIMS
#define PROG_TRACKER_ONLY .tracker_only = true
#define PROG_FOR_ROOT .tracker_only = true, .for_root = true

/* clang-format off */
/* PROG(identifier, name, type, what else struct prog_row says) */
#define PROG_ROWS(PROG)                                                            \
	PROG(WALK, "walk", "raw_tp", PROG_OUTPUT, .can_be_proved = true)           \
	PROG(WALK_FILES, "walk_files", "iter/task_file", PROG_QUESTION)            \
	PROG(WALK_TASKS, "walk_tasks", "iter/task")                                \
	PROG(DUMP_TCP, "dump_tcp", "iter/tcp", PROG_QUESTION)                      \
	PROG(DUMP_UDP, "dump_udp", "iter/udp", PROG_QUESTION)                      \
	PROG(EACH_SOCKET, "each_socket", "raw_tp", PROG_TRACKER_ONLY)              \
	PROG(DUMP_SOCKETS, "dump_sockets", "iter/bpf_map_elem", PROG_TRACKER_ONLY) \
	PROG(DUMP_CHURN, "dump_churn", "iter/tcp")                                 \
	PROG(HOLDS_PORT, "holds_port", "raw_tp")                                   \
	PROG(MEND, "mend", "raw_tp", PROG_FOR_ROOT)                                \
	PROG(SWEEP_EACH, "sweep_each", "raw_tp", PROG_FOR_ROOT)                    \
	PROG(SWEEP_TIMEWAIT, "sweep_timewait", "iter/bpf_map_elem", PROG_FOR_ROOT) \
	PROG(MARK_TIMEWAIT, "mark_timewait", "iter/tcp", PROG_FOR_ROOT)            \
	PROG(SEED_FILES, "seed_files", "iter/task_file", PROG_FOR_ROOT)            \
	PROG(SEED_WALK, "seed_walk", "raw_tp", PROG_FOR_ROOT)                      \
	PROG(SEED_TCP, "seed_tcp", "iter/tcp", PROG_FOR_ROOT)                      \
	PROG(SEED_UDP, "seed_udp", "iter/udp", PROG_FOR_ROOT)

enum prog_id {
#define PROG(id, ...) PROG_##id,
	PROG_ROWS(PROG)
#undef PROG
	PROG_MAX
};
/* clang-format on */

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
