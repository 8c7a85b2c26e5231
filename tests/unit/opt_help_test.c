// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/opt.h"

#include "unit.h"

struct args {
	bool on;
	uint16_t port;
	const char *text;
};

static const struct opt own_opts[] = {
	OPT_FLAG('n', "dry-run", struct args, on, "only show the plan"),
	OPT_CLEAR(0, "no-escalate", struct args, on, "never KILL"),
	OPT_STRING('t', "grace", struct args, text, "SECONDS", "then KILL"),
	OPT_FLAG('4', NULL, struct args, on, "IPv4"),
	OPT_FLAG(0, "hidden", struct args, on, NULL),
	OPT_END,
};

static const struct opt shared_opts[] = {
	OPT_FLAG('v', "verbose", struct args, on, "say more"),
	OPT_U16(0, "port", struct args, port, 1, 65535, "PORT", "a port"),
	OPT_FLAG(0, "secret", struct args, on, NULL),
	OPT_END,
};

static const struct opt hidden_opts[] = {
	OPT_FLAG('x', "secret", struct args, on, NULL),
	OPT_END,
};

static const struct opt no_opts[] = { OPT_END };

/* Two blanks before the text in column 30, exactly, and one fewer. */
static const struct opt wide_opts[] = {
	OPT_FLAG(0, "twenty-characters-20", struct args, on, "behind"),
	OPT_FLAG(0, "twenty-characters-20a", struct args, on, "below"),
	OPT_END,
};

static void assert_help(const struct opt_usage *u, const struct opt_set *sets, size_t nr,
			unsigned int width, const char *want)
{
	_cleanup_(strbuf_done) struct strbuf out = {};

	strbuf_adds(&out, ">"); /* what is there stays */
	opt_help(&out, u, sets, nr, width);
	assert_int_equal(strbuf_str(&out)[0], '>');
	assert_string_equal(strbuf_str(&out) + 1, want);
}

static void test_usage_alone(void **state)
{
	static const char *const none[] = { NULL };
	struct opt_set set = { "Options", no_opts, NULL };

	(void)state;
	assert_help(&(struct opt_usage){ NULL, "portwatch x", NULL }, NULL, 0, 0,
		    "Usage: portwatch x\n");
	assert_help(&(struct opt_usage){ none, "portwatch x", NULL }, &set, 1, 0,
		    "Usage: portwatch x\n");
	set.opts = hidden_opts;
	assert_help(&(struct opt_usage){ none, "portwatch x", "About it." }, &set, 1, 0,
		    "Usage: portwatch x\n\nAbout it.\n");
}

static void test_all_parts(void **state)
{
	static const char *const examples[] = {
		"portwatch free 8000\tend who holds it",
		"portwatch free -n 80\tonly say what would be done",
		"portwatch free",
		NULL,
	};
	const struct opt_usage usage = { examples, "portwatch free [OPTION...] PORT...",
					 "Ends the owners.\nProves that the port is free." };
	struct opt_set sets[] = { { "Options", own_opts, NULL },
				  { "Secrets", hidden_opts, NULL },
				  { "Everywhere", shared_opts, NULL } };

	(void)state;
	assert_help(&usage, sets, 3, 0,
		    "Examples:\n"
		    "  portwatch free 8000    end who holds it\n"
		    "  portwatch free -n 80   only say what would be done\n"
		    "  portwatch free\n\n"
		    "Usage: portwatch free [OPTION...] PORT...\n\n"
		    "Ends the owners.\nProves that the port is free.\n\n"
		    "Options:\n"
		    "  -n, --dry-run               only show the plan\n"
		    "      --no-escalate           never KILL\n"
		    "  -t, --grace SECONDS         then KILL\n"
		    "  -4                          IPv4\n\n"
		    "Everywhere:\n"
		    "  -v, --verbose               say more\n"
		    "      --port PORT             a port\n");
}

/* The text stands below names that leave no room for it. */
static void test_wide_names(void **state)
{
	struct opt_set set = { "Options", wide_opts, NULL };

	(void)state;
	assert_help(&(struct opt_usage){ NULL, "x", NULL }, &set, 1, 0,
		    "Usage: x\n\nOptions:\n"
		    "      --twenty-characters-20  behind\n"
		    "      --twenty-characters-20a\n                              below\n");
}

/* On a narrow screen each text stands below its option. */
static void test_narrow(void **state)
{
	struct opt_set set = { "Options", own_opts, NULL };
	const char *below = "Usage: x\n\nOptions:\n"
			    "  -n, --dry-run\n      only show the plan\n"
			    "      --no-escalate\n      never KILL\n"
			    "  -t, --grace SECONDS\n      then KILL\n"
			    "  -4  IPv4\n";
	const char *beside = "Usage: x\n\nOptions:\n"
			     "  -n, --dry-run               only show the plan\n"
			     "      --no-escalate           never KILL\n"
			     "  -t, --grace SECONDS         then KILL\n"
			     "  -4                          IPv4\n";

	(void)state;
	assert_help(&(struct opt_usage){ NULL, "x", NULL }, &set, 1, 69, below);
	assert_help(&(struct opt_usage){ NULL, "x", NULL }, &set, 1, 70, beside);
}

static void test_wrapping(void **state)
{
	static const struct opt opts[] = {
		OPT_FLAG('a', "all", struct args, on,
			 "aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd eeeeeeeee\nnext"),
		OPT_END,
	};
	struct opt_set set = { "Options", opts, NULL };

	(void)state;
	/* 40 columns for the text: exactly four words, without the blank behind them. */
	assert_help(&(struct opt_usage){ NULL, "x", NULL }, &set, 1, 70,
		    "Usage: x\n\nOptions:\n"
		    "  -a, --all                   aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd\n"
		    "                              eeeeeeeee\n"
		    "                              next\n");
	assert_help(&(struct opt_usage){ NULL, "one two three four", "five six seven" }, NULL, 0,
		    16, "Usage: one two\n       three\n       four\n\nfive six seven\n");
	assert_help(&(struct opt_usage){ NULL, "aa bb cc", NULL }, NULL, 0, 14,
		    "Usage: aa bb\n       cc\n");
	/* A word that is wider than the screen begins on its own line. */
	assert_help(&(struct opt_usage){ NULL, "x", "abcdefghijkl mn" }, NULL, 0, 9,
		    "Usage: x\n\nabcdefghi\njkl\nmn\n");
	/* A sign of two columns counts as two. */
	assert_help(&(struct opt_usage){ NULL, "x", "\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad abc" },
		    NULL, 0, 9, "Usage: x\n\n\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\nabc\n");
}

/* Without a width, and on a wide screen, a line is 96 columns at most. */
static void test_widest(void **state)
{
	char about[98];
	unsigned int widths[] = { 0, 96, 97, 1000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
		_cleanup_(strbuf_done) struct strbuf fits = {}, not_any_more = {};
		const struct opt_usage u = { NULL, "x", about };

		memset(about, 'a', sizeof(about) - 1);
		about[sizeof(about) - 1] = '\0';
		about[48] = ' ';
		about[96] = '\0';
		opt_help(&fits, &u, NULL, 0, widths[i]);
		assert_row(i, fits.len == strlen("Usage: x\n\n") + 97);
		assert_row(i, strchr(strbuf_str(&fits), ' ') != strrchr(strbuf_str(&fits), ' '));
		about[96] = 'a';
		opt_help(&not_any_more, &u, NULL, 0, widths[i]);
		assert_row(i, strbuf_str(&not_any_more)[strlen("Usage: x\n\n") + 48] == '\n');
	}
}

/* Texts of examples stand below, all of them, if the widest does not fit beside. */
static void test_examples_below(void **state)
{
	static const char *const examples[] = {
		"portwatch who\tall",
		"portwatch who 80\t01234567890123456789",
		"portwatch top",
		NULL,
	};
	const struct opt_usage u = { examples, "x", NULL };

	(void)state;
	assert_help(&u, NULL, 0, 41,
		    "Examples:\n  portwatch who      all\n"
		    "  portwatch who 80   01234567890123456789\n  portwatch top\n\nUsage: x\n");
	assert_help(&u, NULL, 0, 40,
		    "Examples:\n  portwatch who\n      all\n  portwatch who 80\n"
		    "      01234567890123456789\n  portwatch top\n\nUsage: x\n");
}

static void make_options(struct opt *opts, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		opts[i] = (struct opt)OPT_FLAG('a', "all", struct args, on, "text");
	opts[nr] = (struct opt)OPT_END;
}

/* Of the last set the names alone are told, if the whole is more than 40 lines. */
static void test_brief(void **state)
{
	struct opt many[64];
	struct opt_set sets[] = { { "Options", many, NULL }, { "Everywhere", shared_opts, NULL } };
	const struct opt_usage u = { NULL, "x", NULL };
	const char *brief = "\nEverywhere (see the manual):\n  -v|--verbose --port PORT\n";

	(void)state;
	for (size_t nr = 32; nr <= 34; nr++) {
		_cleanup_(strbuf_done) struct strbuf out = {};
		/* Count the heads, the blank lines, and the options of both sets. */
		bool fits = 1 + 2 + nr + 2 + 2 <= 40;
		const char *found;

		make_options(many, nr);
		opt_help(&out, &u, sets, 2, 0);
		found = strstr(strbuf_str(&out), brief);
		assert_row(nr, !found == fits);
		assert_row(nr, !strstr(strbuf_str(&out), "say more") != fits);
		assert_row(nr, strstr(strbuf_str(&out), "\nOptions:\n  -a, --all   "));
		assert_null(strstr(strbuf_str(&out), "secret"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usage_alone),    cmocka_unit_test(test_all_parts),
		cmocka_unit_test(test_wide_names),     cmocka_unit_test(test_narrow),
		cmocka_unit_test(test_wrapping),       cmocka_unit_test(test_widest),
		cmocka_unit_test(test_examples_below), cmocka_unit_test(test_brief),
	};

	return cmocka_run_group_tests_name("opt_help", tests, NULL, NULL);
}
