/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * companion: a command that is an executable of its own, portwatch-NAME, because its libraries
 * would slow the start of every query. It lies beside this one, as built, or in
 * ../libexec/portwatch, as installed; never is it taken from PATH, for this program often runs as
 * root.
 */
#ifndef CMD_COMPANION_H
#define CMD_COMPANION_H

struct companion {
	const char *name;
	const char *summary; /* one line of `portwatch --help` */
};

/* Becomes that program. argv[0] is replaced by its path, the words after it stay. Returns
 * only if that fails: an error is printed, and what is returned is the exit status. */
int companion_exec(const struct companion *c, char **argv);

#endif
