// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/dispatch.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/wrap.h"
#include "cmd/common.h"
#include "cmd/fail.h"
#include "cmd/hands.h"
#include "cmd/line.h"
#include "cmd/names.h"

static void add_companions(struct strbuf *out, const struct companion *list)
{
	for (const struct companion *c = list; c->name; c++)
		strbuf_addf(out, "  %-9s  %s\n", c->name, c->summary);
}

static int print_overview(const struct command_table *t)
{
	_cleanup_(strbuf_done) struct strbuf text = {}, lines = {};

	strbuf_adds(&text,
		    "Who owns which port: live, exact, and from the kernel itself.\n\n"
		    "Examples:\n"
		    "  sudo portwatch              live events until Ctrl-C\n"
		    "  sudo portwatch 8000         who holds port 8000\n"
		    "  sudo portwatch --free 8000  stop whoever holds it\n"
		    "  sudo portwatch list         every port in use\n"
		    "  sudo portwatch load         track from now on; answers become instant\n\n"
		    "Usage: portwatch [COMMAND] [OPTION...] [PORT...]\n\n"
		    "Commands:\n");
	for (const struct command *const *c = t->commands; *c; c++)
		strbuf_addf(&text, "  %-9s  %s\n", (*c)->name, (*c)->summary);
	add_companions(&text, t->companions);
	add_companions(&text, names_own);
	strbuf_adds(&text, "\nWithout a command: who, if there are PORTs, else stream.\n"
			   "portwatch help COMMAND explains each of them.\n");
	wrap_add(&lines, strbuf_str(&text), strbuf_len(&text), wrap_terminal(STDOUT_FILENO));
	if (strbuf_error(&text) || strbuf_error(&lines))
		return fail(-ENOMEM, "cannot print");
	fputs(strbuf_str(&lines), stdout);
	return fflush(stdout) ? fail_output(-errno) : EXIT_YES;
}

/* For the generators of manual pages and completions, see opt_table(). */
static int print_commands(const struct command_table *t)
{
	for (const struct command *const *c = t->commands; *c; c++)
		printf("command\t%s\t%s\n", (*c)->name, (*c)->summary);
	for (const struct companion *c = t->companions; c->name; c++)
		printf("command\t%s\t%s\n", c->name, c->summary);
	for (const struct companion *c = names_own; c->name; c++)
		printf("command\t%s\t%s\n", c->name, c->summary);
	return fflush(stdout) ? fail_output(-errno) : EXIT_YES;
}

/* Both take their words from argv[0], the command's name, on. */
static int run(const struct command_table *t, const char *name, int argc, char **argv);

static int run_help(const struct command_table *t, int argc, char **argv)
{
	_cleanup_(strbuf_done) struct strbuf why = {};
	const struct hand_line l = { .argc = argc, .argv = argv };
	char *words[3] = { NULL, (char *)"--help", NULL };
	const char *name, *nearest;
	int at = 1;

	if (argc > 1 && !strcmp(argv[1], "--help-table")) {
		printf("synopsis\tportwatch help [COMMAND]\n");
		return fflush(stdout) ? fail_output(-errno) : EXIT_YES;
	}
	while (at < argc && argv[at][0] == '-' && !hands_command(&l, at))
		at += line_takes_next(t, "who", argv[at]) ? 2 : 1;
	name = at >= argc ? "help" : names_has(t, argv[at]) ? argv[at] : hands_command(&l, at);
	if (!name) {
		nearest = names_nearest(argv[at]);
		strbuf_addf(&why, "unknown command '%s'", argv[at]);
		if (nearest)
			strbuf_addf(&why, ": did you mean %s?", nearest);
		return nearest ? fail_hint(strbuf_str(&why)) : fail_usage(NULL, strbuf_str(&why));
	}
	if (names_companion(names_own, name))
		return print_overview(t);
	words[0] = (char *)name;
	return run(t, name, 2, words);
}

static int run_version(const struct command_table *t, int argc, char **argv)
{
	char *words[] = { argv[0], (char *)"--version", NULL };

	if (argc > 1 && !strcmp(argv[1], "--help-table")) {
		printf("synopsis\tportwatch version\n");
		return fflush(stdout) ? fail_output(-errno) : EXIT_YES;
	}
	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")))
		return print_overview(t);
	return run(t, "stream", 2, words);
}

static int run(const struct command_table *t, const char *name, int argc, char **argv)
{
	const struct companion *companion = names_companion(t->companions, name);
	const struct command *c = names_find(t, name);

	if (c)
		return c->run(c, argc, argv);
	if (companion)
		return companion_exec(companion, argv);
	return strcmp(name, "help") ? run_version(t, argc, argv) : run_help(t, argc, argv);
}

int dispatch_run(const struct command_table *t, int argc, char **argv)
{
	_cleanup_free_ char **words = calloc(argc + 2, sizeof(*words));
	struct line line;

	if (!words)
		return fail(-ENOMEM, "cannot read the arguments");
	names_learn(t);
	line_read(t, argc, argv, words, &line);
	if (line.wants_help)
		return print_overview(t);
	if (line.wants_table)
		return print_commands(t);
	return run(t, line.command, line.argc, line.argv);
}
