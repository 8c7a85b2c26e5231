// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/names.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/guess.h"
#include "model/filter_opts.h"

static const struct command_table *known;

const struct companion names_own[] = {
	{ "help", "explain a command and all its options" },
	{ "version", "show the version" },
	{ NULL, NULL },
};

void names_learn(const struct command_table *t)
{
	known = t;
}

const struct command *names_find(const struct command_table *t, const char *name)
{
	for (const struct command *const *c = t->commands; *c; c++)
		if (!strcmp((*c)->name, name))
			return *c;
	return NULL;
}

const struct companion *names_companion(const struct companion *list, const char *name)
{
	for (const struct companion *c = list; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

typedef bool name_fn(void *arg, const char *name);

/* Call fn with each name of the table until it returns true, and return that. */
static bool any_name(const struct command_table *t, name_fn *fn, void *arg)
{
	const struct companion *const lists[] = { t->companions, names_own };

	for (const struct command *const *c = t->commands; *c; c++)
		if (fn(arg, (*c)->name))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		for (const struct companion *c = lists[i]; c->name; c++)
			if (fn(arg, c->name))
				return true;
	return false;
}

static bool is_name(void *wanted, const char *name)
{
	return !strcmp(name, wanted);
}

bool names_has(const struct command_table *t, const char *name)
{
	return any_name(t, is_name, (void *)name);
}

bool names_are_known(const char *name)
{
	return known && names_has(known, name);
}

static bool offer(void *guess, const char *name)
{
	guess_offer(guess, name);
	return false;
}

const char *names_nearest(const char *word)
{
	struct guess g = { .word = word, .len = strlen(word) };

	if (!known)
		return NULL;
	any_name(known, offer, &g);
	return guess_best(&g);
}

static bool has_option(const struct opt *table, const char *word)
{
	const struct opt_set set = { "", table, NULL };
	const struct opt_parser parser = { .sets = &set, .nr_sets = 1 };
	bool takes_next;

	return table && opt_is_known(&parser, word, &takes_next);
}

const char *names_with_option(const char *word)
{
	if (!known || strncmp(word, "--", 2))
		return NULL;
	if (has_option(filter_opts, word))
		return has_option(filter_socket_opts, word) ? "list" : "stream";
	for (const struct command *const *c = known->commands; *c; c++)
		if (has_option((*c)->opts, word))
			return (*c)->name;
	return NULL;
}

static void offer_options(struct guess *g, const struct opt *table)
{
	const struct opt_set set = { "", table, NULL };

	if (table)
		opt_offer(&(struct opt_parser){ .sets = &set, .nr_sets = 1 }, g);
}

const char *names_nearest_option(struct guess *g)
{
	char word[64];

	if (!known)
		return NULL;
	offer_options(g, filter_opts);
	for (const struct command *const *c = known->commands; *c; c++)
		offer_options(g, (*c)->opts);
	if (!guess_best(g))
		return NULL;
	snprintf(word, sizeof(word), "--%s", guess_best(g));
	return names_with_option(word);
}
