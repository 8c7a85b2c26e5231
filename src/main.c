// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of commands. */
#include "cmd/again.h"
#include "cmd/dispatch.h"
#include "cmd/start.h"

static const struct command *const commands[] = {
	&cmd_stream,   &cmd_who,    &cmd_list,	  &cmd_free,	&cmd_wait,
	&cmd_timewait, &cmd_guard,  &cmd_reserve, &cmd_unguard, &cmd_load,
	&cmd_unload,   &cmd_status, &cmd_check,	  &cmd_doctor,	NULL,
};

/* Programs of their own (main_NAME.c): their libraries would slow the start of every query. */
static const struct companion companions[] = {
	{ "top", "show a full-screen live view" },
	{ "export", "print or serve metrics for Prometheus" },
	{ NULL, NULL },
};

int main(int argc, char **argv)
{
	static const struct command_table table = { commands, companions };

	again_remember(NULL, argc, argv);
	start_program();
	return dispatch_run(&table, argc, argv);
}
