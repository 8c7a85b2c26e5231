/* SPDX-License-Identifier: GPL-2.0-or-later */
/* start: what each of our programs does before anything else, and how it becomes another one. */
#ifndef CMD_START_H
#define CMD_START_H

/*
 * Make fds 0 to 2 exist: the next file we open would take a closed number, and get our messages.
 * Lay aside the rights that the program file gives us until they are needed. Make writing into a
 * closed pipe an error that fail_output() knows, not a signal.
 */
void start_program(void);

/* Becomes the COMMAND behind "--". Returns only if that fails: the exit status, when an error has
 * been printed that begins with what was reached. */
int start_command(char **command, const char *reached);

#endif
