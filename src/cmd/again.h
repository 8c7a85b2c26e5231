/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * again: the line that was typed, for advice to type it once more as root. Words that a shell would
 * read otherwise are quoted.
 */
#ifndef CMD_AGAIN_H
#define CMD_AGAIN_H

/* Of main()'s words, before anything reorders them. command: what the program stands for that is
 * run in portwatch's place ("top"), or NULL. */
void again_remember(const char *command, int argc, char **argv);

/* "sudo portwatch list --json"; "sudo portwatch ..." where it is long or not remembered. */
const char *again_as_root(void);

#endif
