/* SPDX-License-Identifier: GPL-2.0-or-later */
/* names: all commands by their names, and the command that a word may have meant. */
#ifndef CMD_NAMES_H
#define CMD_NAMES_H

#include "cmd/cmd.h"
#include "cmd/companion.h"

/* All commands, in the order of the help; NULL-terminated, or by a NULL name. Only options of
 * `commands` may stand before the name. */
struct command_table {
	const struct command *const *commands;
	const struct companion *companions;
};

/* `help` and `version`, which are about all commands; by a NULL name terminated. */
extern const struct companion names_own[];

/* Set the table that names_are_known() and names_nearest() are about. A companion sets none. */
void names_learn(const struct command_table *t);

/* Return the command of the table, NULL: none, or a program of its own. */
const struct command *names_find(const struct command_table *t, const char *name);

const struct companion *names_companion(const struct companion *list, const char *name);

/* Is there a command of this name, in whatever program? */
bool names_has(const struct command_table *t, const char *name);

/* Has the program that runs a command of this name? */
bool names_are_known(const char *name);
/* Return the command that somebody may have meant, NULL: none is near. */
const char *names_nearest(const char *word);
/* Return the first command with this long option ("--name" or "--name=VALUE"), and of a filter one
 * that takes it. NULL: no command has it. */
const char *names_with_option(const char *word);

struct guess;

/* Offer the long options of all commands, and return whose the best is, as names_with_option()
 * does. NULL: none is near, or several are equally so. */
const char *names_nearest_option(struct guess *g);

#endif
