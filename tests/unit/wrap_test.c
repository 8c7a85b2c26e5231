// SPDX-License-Identifier: GPL-2.0-or-later
/* Prose broken between words. */
#include "base/wrap.h"

#include "unit.h"

static const struct {
	const char *in;
	size_t width;
	const char *want;
} rows[] = {
	{ "", 10, "" },
	{ "one two", 0, "one two" },
	{ "one two", 7, "one two" },
	{ "one two", 6, "one\ntwo" },
	{ "one two three four five six\n", 20, "one two three four\n  five six\n" },
	/* Behind a label the rest begins under its text. */
	{ "command  a server with words\n", 20, "command  a server\n         with words\n" },
	{ "  free it  do this and that\n", 24, "  free it  do this and\n           that\n" },
	/* A label in the second half of the line is none. */
	{ "a long beginning  and more to say", 20, "a long beginning\n  and more to say" },
	/* Lines are apart from each other. */
	{ "short\nlonger than that\n", 12, "short\nlonger than\n  that\n" },
	/* Colours take no room, and a word with them is a word. */
	{ "\033[31mred\033[0m and blue", 12, "\033[31mred\033[0m and blue" },
	{ "\033[31mred\033[0m and blue", 11, "\033[31mred\033[0m and\n  blue" },
	/* Two columns each. */
	{ "日本 日本", 8, "日本\n日本" },
	/* A word that is wider than the line. */
	{ "abcdefghijklmnopqrstuvwxyz", 20, "abcdefghijklmnopqrst\n  uvwxyz" },
};

static size_t widest(const char *text)
{
	size_t most = 0;

	while (*text) {
		size_t n = strcspn(text, "\n"), w = wrap_width(text, n);

		most = w > most ? w : most;
		text += n + (text[n] == '\n');
	}
	return most;
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(strbuf_done) struct strbuf out = {};
		size_t len = strlen(rows[i].in);
		_cleanup_free_ char *in = exact(rows[i].in, len);

		wrap_add(&out, in, len, rows[i].width);
		assert_string_equal(strbuf_str(&out), rows[i].want);
	}
}

/* No width that is too small, and no text, leaves a line wider than asked for. */
static void test_widths(void **state)
{
	static const char text[] =
		"state     complete: nothing was refused or missed\n"
		"8000/tcp is in use by python3 (pid 4063, root) for 6 min\n"
		"  \033[1mcommand\033[0m   /usr/lib/a-very-long-path-that-no-line-holds/python3 -m x\n"
		"日本日本日本日本 日本\n";

	(void)state;
	for (size_t width = 2; width < 100; width++) {
		_cleanup_(strbuf_done) struct strbuf out = {};

		wrap_add(&out, text, sizeof(text) - 1, width);
		assert_true(widest(strbuf_str(&out)) <= width);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_widths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
