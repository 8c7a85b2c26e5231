/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dispatch: from the words of the command line to the command. Options may stand
 * before the command's name; the first word that is neither an option nor an option's
 * value decides: a name runs that command, anything else is a PORT for `who`, and no
 * such word at all is `stream`. `--free` is `free` wherever it stands before that.
 */
#ifndef CMD_DISPATCH_H
#define CMD_DISPATCH_H

#include "cmd/cmd.h"

/* All commands, in the order of the help. `planned` are names of commands that are to
 * come: they must not be taken for services by the name. Both NULL-terminated. */
struct dispatch {
	const struct command *const *commands;
	const char *const *planned;
};

/* Returns the exit status. */
int dispatch_run(const struct dispatch *d, int argc, char **argv);

#endif
