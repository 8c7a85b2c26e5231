/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * line: which command a line of words means. The order does not matter: `portwatch 8000 --free` is
 * `portwatch free 8000`. The first word that names a command, and is no value of an option, is
 * the command, also as other tools name it (cmd/hands.h). Without one the options tell: --event is
 * of `stream`, --pid of `list`; and then it is `who` with a PORT, `stream` without.
 */
#ifndef CMD_LINE_H
#define CMD_LINE_H

#include "cmd/names.h"

struct line {
	const char *command;
	int argc;
	char **argv;		      /* argv[0] is not an argument */
	bool wants_help, wants_table; /* of the whole program */
};

/* Copies argv to `words`, which has room for argc + 2 and must last. */
void line_read(const struct command_table *t, int argc, char **argv, char **words,
	       struct line *ret);

/* Whether an option of a command takes the next word as its value. */
bool line_takes_next(const struct command_table *t, const char *command, const char *word);

#endif
