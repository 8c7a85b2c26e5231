/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dispatch: from the words of the command line to the command (cmd/line.h tells which one is
 * meant), and what is answered about all commands together: `help` and `version`.
 */
#ifndef CMD_DISPATCH_H
#define CMD_DISPATCH_H

#include "cmd/names.h"

/* Returns the exit status. */
int dispatch_run(const struct command_table *t, int argc, char **argv);

#endif
