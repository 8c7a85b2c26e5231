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

static bool is_planned(const struct dispatch *d, const char *name)
{
	for (const char *const *p = d->planned; *p; p++)
		if (!strcmp(*p, name))
			return true;
	return false;
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
		if (!strcmp(word, "--free") || !strcmp(word, "--help") || !strcmp(word, "-h"))
			break;
		if (takes_next(d, word))
			i++;
	}
	return i < argc ? i : argc;
}

/* Takes the name out of the words; argv[0] becomes it, as if it had stood in front. */
static int run_named(const struct command *c, int named, int argc, char **argv)
{
	char *name = argv[named];

	memmove(argv + 1, argv, named * sizeof(*argv));
	argv[1] = name;
	return c->run(c, argc - 1, argv + 1);
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
	printf("\nWithout a command: with PORTs `who`, else `stream`.\n"
	       "portwatch COMMAND --help tells more about each.\n");
	return fflush(stdout) ? fail_output(-errno) : EXIT_YES;
}

static int fail_planned(const char *name)
{
	char why[64];

	snprintf(why, sizeof(why), "this version has no command '%s' yet", name);
	return fail_usage(NULL, why);
}

int dispatch_run(const struct dispatch *d, int argc, char **argv)
{
	int at = deciding_word(d, argc, argv);
	const char *word = at < argc ? argv[at] : NULL;
	const struct command *c;

	if (!word) {
		c = find(d, "stream");
		return c->run(c, argc, argv);
	}
	if (!strcmp(word, "--help") || !strcmp(word, "-h"))
		return print_overview(d);
	if (!strcmp(word, "--free"))
		word = "free";
	c = find(d, word);
	if (c)
		return run_named(c, at, argc, argv);
	if (is_planned(d, word))
		return fail_planned(word);
	c = find(d, "who");
	return c->run(c, argc, argv);
}
