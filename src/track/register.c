// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/register.h"

const struct map_row map_rows[MAP_MAX] = {
	[MAP_SOCKETS] = { "sockets", .shared = true },
	[MAP_PORTS] = { "ports", .shared = true },
	[MAP_PORT_SLOTS] = { "port_slots", .shared = true },
	[MAP_TIMEWAIT] = { "timewait", .shared = true },
	[MAP_PROCS] = { "procs", .shared = true },
	[MAP_KIN] = { "kin", .shared = true },
	[MAP_FAMILIES] = { "families", .shared = true },
	[MAP_HISTORY] = { "history", .shared = true },
	[MAP_LIVES] = { "lives", .shared = true },
	[MAP_WORDS] = { "words", .shared = true },
	[MAP_RINGS] = { "rings" },
	[MAP_READERS] = { "readers" },
	[MAP_META] = { "meta", .shared = true },
	[MAP_STATS] = { "stats", .shared = true },
	[MAP_QUERIES] = { "queries" },
	[MAP_CALLS] = { "calls" },
	[MAP_CHURN] = { "churn", .shared = true },
	[MAP_PLACES] = { "places" },
	[MAP_TALLIES] = { "tallies" },
	[MAP_RECORDS] = { "records" },
	[MAP_CLAIMS] = { "claims" },
	[MAP_TURNS] = { "turns" },
	[MAP_NEXT_TURN] = { "next_turn" },
};

#define QUESTION (1u << MAP_QUERIES)
#define OUTPUT (1u << MAP_RECORDS | 1u << MAP_CLAIMS)

const struct prog_row prog_rows[PROG_MAX] = {
	[PROG_WALK] = { "walk", "raw_tp", OUTPUT, .can_be_proved = true },
	[PROG_WALK_FILES] = { "walk_files", "iter/task_file", QUESTION },
	[PROG_WALK_TASKS] = { "walk_tasks", "iter/task" },
	[PROG_DUMP_TCP] = { "dump_tcp", "iter/tcp", QUESTION },
	[PROG_DUMP_UDP] = { "dump_udp", "iter/udp", QUESTION },
	[PROG_EACH_SOCKET] = { "each_socket", "raw_tp", .tracker_only = true },
	[PROG_DUMP_SOCKETS] = { "dump_sockets", "iter/bpf_map_elem", .tracker_only = true },
	[PROG_DUMP_CHURN] = { "dump_churn", "iter/tcp" },
	[PROG_HOLDS_PORT] = { "holds_port", "raw_tp" },
	[PROG_MEND] = { "mend", "raw_tp", .tracker_only = true, .for_root = true },
	[PROG_SWEEP_EACH] = { "sweep_each", "raw_tp", .tracker_only = true, .for_root = true },
	[PROG_SWEEP_TIMEWAIT] = { "sweep_timewait", "iter/bpf_map_elem", .tracker_only = true,
				  .for_root = true },
	[PROG_MARK_TIMEWAIT] = { "mark_timewait", "iter/tcp", .tracker_only = true,
				 .for_root = true },
	[PROG_SEED_FILES] = { "seed_files", "iter/task_file", .tracker_only = true,
			      .for_root = true },
	[PROG_SEED_WALK] = { "seed_walk", "raw_tp", .tracker_only = true, .for_root = true },
	[PROG_SEED_TCP] = { "seed_tcp", "iter/tcp", .tracker_only = true, .for_root = true },
	[PROG_SEED_UDP] = { "seed_udp", "iter/udp", .tracker_only = true, .for_root = true },
};
