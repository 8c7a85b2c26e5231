/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guess: the known word nearest to one that nobody knows, for "did you mean". Case and the
 * difference between '-' and '_' do not count.
 *
 *	struct guess g = { .word = "lits", .len = 4 };
 *	guess_offer(&g, "list");
 *	guess_offer(&g, "wait");
 *	guess_best(&g);			"list"
 */
#ifndef BASE_GUESS_H
#define BASE_GUESS_H

#include <stdbool.h>
#include <stddef.h>

struct guess {
	const char *word; /* len bytes */
	size_t len;
	const char *best; /* the nearest so far, if near enough */
	size_t distance;
	bool tied; /* another word is as near */
};

void guess_offer(struct guess *g, const char *known);

/* NULL: no word is near, or several are equally so. */
const char *guess_best(const struct guess *g);

/* The nearest in a NULL-terminated list. */
const char *guess_among(const char *word, const char *const *known);

#endif
