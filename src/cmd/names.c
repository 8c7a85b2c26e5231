// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/names.h"

#include <string.h>

#include "base/guess.h"

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

bool names_has(const struct command_table *t, const char *name)
{
	return names_find(t, name) || names_companion(t->companions, name) ||
	       names_companion(names_own, name);
}

bool names_are_known(const char *name)
{
	return known && names_has(known, name);
}

const char *names_nearest(const char *word)
{
	struct guess g = { .word = word, .len = strlen(word) };

	if (!known)
		return NULL;
	for (const struct command *const *c = known->commands; *c; c++)
		guess_offer(&g, (*c)->name);
	for (const struct companion *c = known->companions; c->name; c++)
		guess_offer(&g, c->name);
	for (const struct companion *c = names_own; c->name; c++)
		guess_offer(&g, c->name);
	return guess_best(&g);
}
