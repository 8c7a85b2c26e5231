/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmd: what a user command is, and the list of them. To add one: write cmd/NAME.c with
 * its struct command, declare it here, put it into the table of main.c.
 *
 * A command's run() parses its arguments, calls the layers below, gives the result to
 * a sink and returns the exit status (cmd/fail.h). It gets itself as first
 * argument, for help and error messages.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/opt.h"

struct command {
	const char *name;
	const char *summary; /* one line of `portwatch --help` */
	struct opt_usage usage;
	/* The command's own options, which may also stand before its name; NULL: none. */
	const struct opt *opts;
	int (*run)(const struct command *self, int argc, char **argv);
	/* See struct opt_parser; the argument is the struct of the first set. */
	int (*unknown)(void *arg, const char *word, struct strbuf *why);
	bool keep_rest;
};

extern const struct command cmd_stream;
extern const struct command cmd_who;
extern const struct command cmd_list;
extern const struct command cmd_free;
extern const struct command cmd_wait;
extern const struct command cmd_timewait;
extern const struct command cmd_guard;
extern const struct command cmd_reserve;
extern const struct command cmd_unguard;
extern const struct command cmd_load;
extern const struct command cmd_unload;
extern const struct command cmd_status;
extern const struct command cmd_check;
extern const struct command cmd_doctor;
extern const struct command cmd_export;
extern const struct command cmd_top; /* main_top.c */

#endif
