// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/register.h"

#include <string.h>

#include "base/cleanup.h"

#define HASH .tiny = 64 /* a hash map of the kernel's, preallocated or LRU */

/* clang-format off */
const struct map_row map_rows[MAP_MAX] = {
	[MAP_SOCKETS] = { .name = "sockets", .shared = true, .size = SIZE_SOCKETS, HASH },
	[MAP_PORTS] = { .name = "ports", .shared = true, .tiny = 1 },
	[MAP_PORT_SLOTS] = { .name = "port_slots", .shared = true, HASH },
	[MAP_TIMEWAIT] = { .name = "timewait", .shared = true, .size = SIZE_TIMEWAIT, HASH },
	[MAP_PROCS] = { .name = "procs", .shared = true, HASH },
	[MAP_MEMBERS] = { .name = "members", .shared = true, HASH },
	[MAP_FAMILIES] = { .name = "families", .shared = true, HASH },
	[MAP_HISTORY] = { .name = "history", .shared = true, HASH },
	[MAP_EXITS] = { .name = "exits", .shared = true, HASH },
	[MAP_CMDLINES] = { .name = "cmdlines", .shared = true, HASH },
	[MAP_RINGS] = { .name = "rings" },
	[MAP_READERS] = { .name = "readers" },
	[MAP_META] = { .name = "meta", .shared = true },
	[MAP_STATS] = { .name = "stats", .shared = true },
	[MAP_QUERIES] = { .name = "queries", HASH },
	[MAP_CALLS] = { .name = "calls", HASH },
	[MAP_CHURN] = { .name = "churn", .shared = true, .size = SIZE_CHURN, HASH },
	[MAP_PAIR_OWNERS] = { .name = "pair_owners", HASH },
	[MAP_TALLIES] = { .name = "tallies", HASH },
	[MAP_RECORDS] = { .name = "records" },
	[MAP_CLAIMS] = { .name = "claims" },
	[MAP_TURNS] = { .name = "turns", HASH },
	[MAP_NEXT_TURN] = { .name = "next_turn", HASH },
};
/* clang-format on */

enum map_id map_named(const char *name)
{
	for (size_t i = 0; i < MAP_MAX; i++)
		if (!strcmp(map_rows[i].name, name))
			return i;
	return MAP_MAX;
}

#define QUESTION (1u << MAP_QUERIES)
#define OUTPUT (1u << MAP_RECORDS | 1u << MAP_CLAIMS)

const struct prog_row prog_rows[PROG_MAX] = {
	[PROG_WALK] = { .name = "walk", .type = "raw_tp", .maps = OUTPUT, .can_be_proved = true },
	[PROG_WALK_FILES] = { .name = "walk_files", .type = "iter/task_file", .maps = QUESTION },
	[PROG_WALK_TASKS] = { .name = "walk_tasks", .type = "iter/task" },
	[PROG_DUMP_TCP] = { .name = "dump_tcp", .type = "iter/tcp", .maps = QUESTION },
	[PROG_DUMP_UDP] = { .name = "dump_udp", .type = "iter/udp", .maps = QUESTION },
	[PROG_EACH_SOCKET] = { .name = "each_socket", .type = "raw_tp", .tracker_only = true },
	[PROG_DUMP_SOCKETS] = { .name = "dump_sockets",
				.type = "iter/bpf_map_elem",
				.tracker_only = true },
	[PROG_DUMP_CHURN] = { .name = "dump_churn", .type = "iter/tcp" },
	[PROG_HOLDS_PORT] = { .name = "holds_port", .type = "raw_tp" },
	[PROG_MEND] = { .name = "mend", .type = "raw_tp", .tracker_only = true, .for_root = true },
	[PROG_SWEEP_EACH] = { .name = "sweep_each",
			      .type = "raw_tp",
			      .tracker_only = true,
			      .for_root = true },
	[PROG_SWEEP_TIMEWAIT] = { .name = "sweep_timewait",
				  .type = "iter/bpf_map_elem",
				  .tracker_only = true,
				  .for_root = true },
	[PROG_MARK_TIMEWAIT] = { .name = "mark_timewait",
				 .type = "iter/tcp",
				 .tracker_only = true,
				 .for_root = true },
	[PROG_SEED_FILES] = { .name = "seed_files",
			      .type = "iter/task_file",
			      .tracker_only = true,
			      .for_root = true },
	[PROG_SEED_WALK] = { .name = "seed_walk",
			     .type = "raw_tp",
			     .tracker_only = true,
			     .for_root = true },
	[PROG_SEED_TCP] = { .name = "seed_tcp",
			    .type = "iter/tcp",
			    .tracker_only = true,
			    .for_root = true },
	[PROG_SEED_UDP] = { .name = "seed_udp",
			    .type = "iter/udp",
			    .tracker_only = true,
			    .for_root = true },
};

#define EVENT(kind) (1u << PW_EV_##kind)

/* Accept tells whose a connection is from then on, so it is for changes of state as well. The calls
 * listen and connect tell ports that the kernel has chosen meanwhile. */
const struct session_row session_rows[] = {
	{ "enter_bind", PW_NEED_BIND_FAILED, PW_VAR_SYSCALL, EVENT(BIND_FAILED) },
	{ "exit_bind", PW_NEED_BIND_FAILED, PW_VAR_SYSCALL, EVENT(BIND_FAILED) },
	{ "enter_listen", PW_NEED_BIND, PW_VAR_TRACEPOINT, EVENT(BIND) },
	{ "exit_listen", PW_NEED_BIND, PW_VAR_TRACEPOINT, EVENT(BIND) },
	{ "enter_listen", PW_NEED_LISTEN, PW_VAR_TRACEPOINT, EVENT(LISTEN) | EVENT(BIND_FAILED) },
	{ "exit_listen", PW_NEED_LISTEN, PW_VAR_TRACEPOINT, EVENT(LISTEN) | EVENT(BIND_FAILED) },
	{ "enter_connect", PW_NEED_BIND, PW_VAR_TRACEPOINT, EVENT(BIND) },
	{ "exit_connect", PW_NEED_BIND, PW_VAR_TRACEPOINT, EVENT(BIND) },
	{ "enter_connect", PW_NEED_STATE, PW_VAR_TRACEPOINT, EVENT(BIND_FAILED) },
	{ "exit_connect", PW_NEED_STATE, PW_VAR_TRACEPOINT, EVENT(BIND_FAILED) },
	{ "exit_accept", PW_NEED_ACCEPT, PW_VAR_SYSCALL, EVENT(ACCEPT) | EVENT(STATE) },
	{ "exit_accept4", PW_NEED_ACCEPT, PW_VAR_SYSCALL, EVENT(ACCEPT) | EVENT(STATE) },
};

const size_t nr_session_rows = ARRAY_SIZE(session_rows);
