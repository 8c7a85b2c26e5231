/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dispatch: from the words of the command line to the command (cmd/line.h tells which one is
 * meant), and what is answered about all commands together: `help` and `version`.
 */
#ifndef CMD_DISPATCH_H
#define CMD_DISPATCH_H

#include "cmd/cmd.h"
#include "cmd/companion.h"

/* All commands, in the order of the help; NULL-terminated, or by a NULL name. Only options of
 * `commands` may stand before the name. */
struct dispatch {
	const struct command *const *commands;
	const struct companion *companions;
};

/* The command of the table, NULL: none, or a program of its own. */
const struct command *dispatch_find(const struct dispatch *d, const char *name);

/* Is there a command of this name, in whatever program? */
bool dispatch_has(const struct dispatch *d, const char *name);

/* Whether the program that runs has a command of this name. A companion knows no command. */
bool dispatch_knows(const char *name);
/* Return the command that somebody may have meant, NULL: none is near. */
const char *dispatch_nearest(const char *word);

/* Returns the exit status. */
int dispatch_run(const struct dispatch *d, int argc, char **argv);

#endif
