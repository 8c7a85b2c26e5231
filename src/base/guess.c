// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/guess.h"

#include <ctype.h>
#include <string.h>

#define LONGEST 32 /* longer words are not compared */

static char plain(char c)
{
	return c == '_' ? '-' : (char)tolower((unsigned char)c);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many letters to add, drop, change or swap with the next (optimal string alignment). */
static size_t distance(const char *a, size_t len_a, const char *b, size_t len_b)
{
	size_t d[LONGEST + 1][LONGEST + 1];

	for (size_t i = 0; i <= len_a; i++)
		d[i][0] = i;
	for (size_t k = 0; k <= len_b; k++)
		d[0][k] = k;
	for (size_t i = 1; i <= len_a; i++)
		for (size_t k = 1; k <= len_b; k++) {
			char x = plain(a[i - 1]), y = plain(b[k - 1]);

			d[i][k] = least(least(d[i - 1][k], d[i][k - 1]) + 1,
					d[i - 1][k - 1] + (x != y));
			if (i > 1 && k > 1 && x == plain(b[k - 2]) && y == plain(a[i - 2]))
				d[i][k] = least(d[i][k], d[i - 2][k - 2] + 1);
		}
	return d[len_a][len_b];
}

static bool begins_with(const char *known, const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (plain(known[i]) != plain(word[i]))
			return false;
	return true;
}

void guess_offer(struct guess *g, const char *known)
{
	size_t len = strlen(known), far, most = g->len < 3 ? 0 : g->len / 3;
	bool unfinished = len > g->len && begins_with(known, g->word, g->len);

	if (!g->len || g->len > LONGEST || len > LONGEST || (g->best && !strcmp(g->best, known)))
		return;
	/* A word that was not typed to its end is as good as a slip. */
	far = unfinished ? 1 : distance(g->word, g->len, known, len);
	if (!unfinished && far > most)
		return;
	if (!g->best || far < g->distance) {
		g->best = known;
		g->distance = far;
		g->tied = false;
	} else if (far == g->distance) {
		g->tied = true;
	}
}

const char *guess_best(const struct guess *g)
{
	return g->tied ? NULL : g->best;
}

const char *guess_among(const char *word, const char *const *known)
{
	struct guess g = { .word = word, .len = strlen(word) };

	for (; *known; known++)
		guess_offer(&g, *known);
	return guess_best(&g);
}
