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
#include "cmd/companion.h"

/* All commands, in the order of the help; NULL-terminated, or by a NULL name. Only options of
 * `commands` may stand before the name. */
struct dispatch {
	const struct command *const *commands;
	const struct companion *companions;
};

/* Returns the exit status. */
int dispatch_run(const struct dispatch *d, int argc, char **argv);

#endif
