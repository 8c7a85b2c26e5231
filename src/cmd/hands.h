/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hands: the words that people type because another tool has them (fuser, lsof, ss, top, kill), in
 * one table. A word that is safe becomes our word. A word that has another meaning here is refused
 * with the command that does it, ready to be copied.
 *
 * A word that a command knows itself is not looked up: a row is without effect once there is an
 * option of that name.
 */
#ifndef CMD_HANDS_H
#define CMD_HANDS_H

#include "base/opt.h"

/* A command line: the command's name (NULL: not known yet) and the words behind it. */
struct hand_line {
	const char *command;
	int argc;
	char **argv;			 /* argv[0] is not looked at */
	const struct opt_parser *parser; /* tells values of options from PORTs; NULL: not known */
};

/* The command that the word at `at` stands for, or NULL. */
const char *hands_command(const struct hand_line *l, int at);

/* Says what to type instead of the word at `at`. False: no row has it. */
bool hands_explain(const struct hand_line *l, int at, struct strbuf *why);

/* Replaces the options of others in argv by ours, up to "--". The new argc, or -EINVAL with a
 * sentence in `why`. */
int hands_read(const struct hand_line *l, const struct opt_parser *p, struct strbuf *why);

#endif
