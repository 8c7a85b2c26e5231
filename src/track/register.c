// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/register.h"

#include <string.h>

#include "base/cleanup.h"

const struct map_row map_rows[MAP_MAX] = {
#define MAP(id, map, ...) [MAP_##id] = { .name = map, __VA_ARGS__ },
	MAP_ROWS(MAP)
#undef MAP
};

enum map_id map_named(const char *name)
{
	for (size_t i = 0; i < MAP_MAX; i++)
		if (!strcmp(map_rows[i].name, name))
			return i;
	return MAP_MAX;
}

const struct prog_row prog_rows[PROG_MAX] = {
#define PROG(id, prog, kind, ...) [PROG_##id] = { .name = prog, .type = kind, __VA_ARGS__ },
	PROG_ROWS(PROG)
#undef PROG
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
