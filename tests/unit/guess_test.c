// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/guess.h"

#include "unit.h"

static const char *const known[] = { "list", "load", "unload", "status", "timewait", "top",
				     "who",  "wait", "free",   "help",	 NULL };

static void test_nearest(void **state)
{
	static const struct {
		const char *word, *want;
	} rows[] = {
		{ "lits", "list" },    { "loda", "load" },     { "timewiat", "timewait" },
		{ "stats", "status" }, { "lis", "list" },      { "TIME_WAIT", "timewait" },
		{ "hlep", "help" },    { "unlaod", "unload" }, { "fre", "free" },
		{ "", NULL },	       { "x", NULL },	       { "nginx", NULL },
		{ "stop", "top" },     { "loud", "load" },     { "oad", "load" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *got = guess_among(rows[i].word, known);

		if (!rows[i].want)
			assert_row(i, !got);
		else
			assert_row(i, got && !strcmp(got, rows[i].want));
	}
}

static void test_tie(void **state)
{
	static const char *const words[] = { "host", "hint", "most", NULL };

	(void)state;
	assert_null(guess_among("h", words));
	assert_null(guess_among("ho", (const char *const[]){ "host", "hop", NULL }));
	assert_string_equal(guess_among("hi", words), "hint");
	/* A word that is listed twice is no tie. */
	assert_string_equal(guess_among("hots", (const char *const[]){ "host", "host", NULL }),
			    "host");
}

static void test_long(void **state)
{
	static const char *const words[] = { "a-word-that-has-many-more-than-thirty-two-letters",
					     NULL };

	(void)state;
	assert_null(guess_among("a-word-that-has-many-more-than-thirty-two-letterz", words));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_tie),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
