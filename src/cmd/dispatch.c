// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/dispatch.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/common.h"
#include "cmd/fail.h"
#include "model/filter_opts.h"

static const struct command *find(const struct dispatch *d, const char *name)
{
	for (const struct command *const *c = d->commands; *c; c++)
		if (!strcmp((*c)->name, name))
			return *c;
	return NULL;
}

static const struct companion *find_companion(const struct dispatch *d, const char *name)
{
	for (const struct companion *c = d->companions; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

/* Does this option of the table take the next word as its value? */
static bool table_takes_next(const struct opt *table, const char *word)
{
	for (const struct opt *o = table; o && o->kind != OPT_KIND_END; o++) {
		if (!o->value)
			continue;
		if (word[1] == '-' && o->long_name && !strcmp(word + 2, o->long_name))
			return true;
		if (word[1] != '-' && o->short_name && word[1] == o->short_name && !word[2])
			return true;
	}
	return false;
}

static bool takes_next(const struct dispatch *d, const char *word)
{
	if (table_takes_next(common_opts, word) || table_takes_next(filter_opts, word))
		return true;
	for (const struct command *const *c = d->commands; *c; c++)
		if (table_takes_next((*c)->opts, word))
			return true;
	return false;
}

/* The number of the word that decides, argc: none. */
static int deciding_word(const struct dispatch *d, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		const char *word = argv[i];

		if (word[0] != '-' || !word[1] || !strcmp(word, "--"))
			break;
		if (!strcmp(word, "--free") || !strcmp(word, "--help") || !strcmp(word, "-h") ||
		    !strcmp(word, "--help-table"))
			break;
		/* an option of one command may be a flag of another */
		if (takes_next(d, word) && i + 1 < argc && strcmp(argv[i + 1], "--free"))
			i++;
	}
	return i < argc ? i : argc;
}

/* Takes the name out of the words and puts it first, in argv[1], where most people write it. */
static void name_first(int named, char **argv)
{
	char *name = argv[named];

	memmove(argv + 2, argv + 1, (named - 1) * sizeof(*argv));
	argv[1] = name;
}

static int print_overview(const struct dispatch *d)
{
	printf("Who owns which port: live, exact, and from the kernel itself.\n\n"
	       "Examples:\n"
	       "  sudo portwatch                 live events, until Ctrl-C\n"
	       "  sudo portwatch 8000            who holds port 8000\n"
	       "  sudo portwatch list            every port in use\n"
	       "  sudo portwatch load            track from now on; answers become instant\n\n"
	       "Usage: portwatch [COMMAND] [OPTION...] [PORT...]\n\n"
	       "Commands:\n");
	for (const struct command *const *c = d->commands; *c; c++)
		printf("  %-9s %s\n", (*c)->name, (*c)->summary);
	for (const struct companion *c = d->companions; c->name; c++)
		printf("  %-9s %s\n", c->name, c->summary);
	printf("\nWithout a command: with PORTs `who`, else `stream`.\n"
	       "portwatch COMMAND --help tells more about each.\n");
	return fflush(stdout) ? fail_output(-errno) : EXIT_YES;
}

/* For the generators of manual pages and completions, see opt_table(). */
static int print_commands(const struct dispatch *d)
{
	for (const struct command *const *c = d->commands; *c; c++)
		printf("command\t%s\t%s\n", (*c)->name, (*c)->summary);
	for (const struct companion *c = d->companions; c->name; c++)
		printf("command\t%s\t%s\n", c->name, c->summary);
	return fflush(stdout) ? fail_output(-errno) : EXIT_YES;
}

int dispatch_run(const struct dispatch *d, int argc, char **argv)
{
	int at = deciding_word(d, argc, argv);
	const char *word = at < argc ? argv[at] : NULL;
	const struct companion *companion;
	const struct command *c;

	if (!word) {
		c = find(d, "stream");
		return c->run(c, argc, argv);
	}
	if (!strcmp(word, "--help") || !strcmp(word, "-h"))
		return print_overview(d);
	if (!strcmp(word, "--help-table"))
		return print_commands(d);
	if (!strcmp(word, "--free"))
		word = "free";
	c = find(d, word);
	companion = find_companion(d, word);
	if (c || companion)
		name_first(at, argv);
	if (c)
		return c->run(c, argc - 1, argv + 1);
	if (companion)
		return companion_exec(companion, argv + 1);
	c = find(d, "who");
	return c->run(c, argc, argv);
}
