// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/opt.h"

#include "unit.h"

struct own {
	bool dry_run, help;
	bool escalate;
	double grace;
	uint16_t port;
	uint32_t count;
	const char *signal;
	struct opt_list hosts;
	int color;
	char called[32];
};

struct shared {
	int verbose;
	bool json;
};

static const char *const colors[] = { "auto", "always", "never", NULL };

static int call(void *base, const struct opt *o, const char *value, struct strbuf *why)
{
	struct own *own = base;

	if (value && strcmp(value, "bad") == 0) {
		strbuf_adds(why, "bad it is");
		return -EINVAL;
	}
	snprintf(own->called, sizeof(own->called), "%d:%s", o->tag, value ? value : "(none)");
	return 0;
}

static const struct opt own_opts[] = {
	OPT_FLAG('n', "dry-run", struct own, dry_run, "only show the plan"),
	OPT_CLEAR(0, "no-escalate", struct own, escalate, "never KILL"),
	OPT_SECONDS('t', "grace", struct own, grace, 0, 3600, "SECONDS", "then KILL"),
	OPT_U16('p', "port", struct own, port, 1, 65535, "PORT", "a port"),
	OPT_U32(0, "count", struct own, count, 1, 10, "N", "so often"),
	OPT_STRING('s', "signal", struct own, signal, "SIG", "the signal"),
	OPT_LIST(0, "host", struct own, hosts, "HOST", "hosts"),
	OPT_CHOICE(0, "color", struct own, color, colors, "WHEN", "auto, always or never"),
	OPT_CALL('4', NULL, call, 4, NULL, "IPv4"),
	OPT_CALL('6', NULL, call, 6, NULL, "IPv6"),
	OPT_CALL(0, "peer", call, 9, "ADDR", "peer"),
	OPT_STOP('h', "help", struct own, help, "this text"),
	OPT_FLAG(0, "hidden", struct own, dry_run, NULL),
	OPT_END,
};

static const struct opt shared_opts[] = {
	OPT_COUNT('v', "verbose", struct shared, verbose, "say more"),
	OPT_FLAG(0, "json", struct shared, json, "JSON"),
	OPT_END,
};

/* A parse and all that it leaves behind. */
struct run {
	struct own own;
	struct shared shared;
	struct opt_operands operands;
	struct strbuf why;
	char *argv[32];
	int r;
};

static int take_signal(void *arg, const char *word, struct strbuf *why)
{
	struct run *run = arg;

	if (strcmp(word, "-BAD") == 0) {
		strbuf_adds(why, "no such signal");
		return -EINVAL;
	}
	if (strcmp(word, "-TERM") != 0 && strcmp(word, "-9") != 0 && strcmp(word, "-SIGNAL") != 0)
		return 0;
	snprintf(run->own.called, sizeof(run->own.called), "signal %s", word + 1);
	return 1;
}

static void parse(struct run *run, bool keep_rest, bool signals, const char *line)
{
	struct opt_set sets[] = {
		{ "Options", own_opts, &run->own },
		{ "Everywhere", shared_opts, &run->shared },
	};
	struct opt_parser p = {
		.sets = sets,
		.nr_sets = ARRAY_SIZE(sets),
		.unknown = signals ? take_signal : NULL,
		.arg = run,
		.keep_rest = keep_rest,
	};
	static char copy[256];
	int argc = 0;

	*run = (struct run){ .own = { .escalate = true } };
	snprintf(copy, sizeof(copy), "%s", line);
	run->argv[argc++] = (char *)"free";
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
		run->argv[argc++] = strcmp(word, "EMPTY") == 0 ? (char *)"" : word;
	run->r = opt_parse(&p, argc, run->argv, &run->operands, &run->why);
}

static void run_done(struct run *run)
{
	opt_list_done(&run->own.hosts);
	strbuf_done(&run->why);
}

static void assert_words(char **words, size_t nr, const char *want)
{
	_cleanup_(strbuf_done) struct strbuf got = {};

	for (size_t i = 0; i < nr; i++)
		strbuf_addf(&got, "%s%s", i ? " " : "", words[i]);
	assert_string_equal(strbuf_str(&got), want);
	assert_null(words[nr]);
}

static void test_kinds(void **state)
{
	struct run run;

	(void)state;
	parse(&run, false, false,
	      "8000 -n --no-escalate -t 0.5 --port=80 9000 --count 10 -sTERM --host a --host=b "
	      "--color never -4 -vv --json");
	assert_int_equal(run.r, 0);
	assert_true(run.own.dry_run);
	assert_false(run.own.escalate);
	assert_true(run.own.grace > 0.49 && run.own.grace < 0.51);
	assert_int_equal(run.own.port, 80);
	assert_int_equal(run.own.count, 10);
	assert_string_equal(run.own.signal, "TERM");
	assert_int_equal(run.own.hosts.nr, 2);
	assert_string_equal(run.own.hosts.values[0], "a");
	assert_string_equal(run.own.hosts.values[1], "b");
	assert_int_equal(run.own.color, 2);
	assert_string_equal(run.own.called, "4:(none)");
	assert_int_equal(run.shared.verbose, 2);
	assert_true(run.shared.json);
	assert_words(run.operands.words, run.operands.nr_words, "8000 9000");
	assert_null(run.operands.rest);
	run_done(&run);
}

static void test_shapes(void **state)
{
	struct run run;

	(void)state;
	/* Bundles; a value ends them. */
	parse(&run, false, false, "-nvt3 -p80 x");
	assert_int_equal(run.r, 0);
	assert_true(run.own.dry_run && run.shared.verbose == 1 && run.own.grace > 2.9);
	assert_int_equal(run.own.port, 80);
	assert_words(run.operands.words, run.operands.nr_words, "x");
	run_done(&run);

	/* A value may look like an option, and be empty. */
	parse(&run, false, false, "-s -n --host --json --peer= --host EMPTY");
	assert_int_equal(run.r, 0);
	assert_string_equal(run.own.signal, "-n");
	assert_string_equal(run.own.hosts.values[0], "--json");
	assert_string_equal(run.own.hosts.values[1], "");
	assert_string_equal(run.own.called, "9:");
	assert_false(run.own.dry_run || run.shared.json);
	run_done(&run);

	/* The later one counts. */
	parse(&run, false, false, "--port 1 --port 2 --color always --color auto");
	assert_int_equal(run.r, 0);
	assert_int_equal(run.own.port, 2);
	assert_int_equal(run.own.color, 0);
	run_done(&run);

	parse(&run, false, false, "- :8000 EMPTY 127.0.0.1:80");
	assert_int_equal(run.r, 0);
	assert_words(run.operands.words, run.operands.nr_words, "- :8000  127.0.0.1:80");
	run_done(&run);

	parse(&run, false, false, "");
	assert_int_equal(run.r, 0);
	assert_int_equal(run.operands.nr_words, 0);
	assert_null(run.operands.words[0]);
	run_done(&run);
}

static void test_double_dash(void **state)
{
	struct run run;

	(void)state;
	parse(&run, false, false, "a -n b -- -v --nonsense c");
	assert_int_equal(run.r, 0);
	assert_words(run.operands.words, run.operands.nr_words, "a b -v --nonsense c");
	assert_int_equal(run.shared.verbose, 0);
	run_done(&run);

	parse(&run, true, false, "a b -- make -v -- run");
	assert_int_equal(run.r, 0);
	assert_words(run.operands.words, run.operands.nr_words, "a b");
	assert_words(run.operands.rest, run.operands.nr_rest, "make -v -- run");
	run_done(&run);

	/* "--" without a command is there, and empty; none at all is not there. */
	parse(&run, true, false, "a --");
	assert_int_equal(run.r, 0);
	assert_non_null(run.operands.rest);
	assert_int_equal(run.operands.nr_rest, 0);
	run_done(&run);
	parse(&run, true, false, "a");
	assert_null(run.operands.rest);
	run_done(&run);

	/* As a value it is a value. */
	parse(&run, true, false, "-s -- a");
	assert_int_equal(run.r, 0);
	assert_string_equal(run.own.signal, "--");
	assert_words(run.operands.words, run.operands.nr_words, "a");
	run_done(&run);
}

static void test_errors(void **state)
{
	static const struct {
		const char *line, *why;
	} rows[] = {
		{ "--nonsense", "unknown option '--nonsense'" },
		{ "--dry", "unknown option '--dry': did you mean --dry-run?" },
		{ "--h", "unknown option '--h'" }, /* host or help */
		{ "--hid", "unknown option '--hid'" },
		{ "--=x", "unknown option '--'" },
		{ "--jso=1", "unknown option '--jso': did you mean --json?" },
		{ "-x", "unknown option '-x'" },
		{ "-nx", "unknown option '-x' in '-nx'" },
		{ "-TERM", "unknown option '-T' in '-TERM'" },
		{ "--json=yes", "--json takes no value" },
		{ "--port", "--port needs a value: PORT" },
		{ "-p", "-p needs a value: PORT" },
		{ "--port 65536", "--port must be between 1 and 65535, not '65536'" },
		{ "--port 0", "--port must be between 1 and 65535, not '0'" },
		{ "--port=-1", "--port must be a number, not '-1'" },
		{ "--port=", "--port must be a number, not ''" },
		{ "--count 11", "--count must be between 1 and 10, not '11'" },
		{ "--grace soon",
		  "--grace must be a time such as 3, 0.5, 500ms or 2m, not 'soon'" },
		{ "--color red", "--color must be auto, always or never, not 'red'" },
		{ "--color alwyas", "--color must be auto, always or never, not 'alwyas': did you "
				    "mean always?" },
		{ "--jsn", "unknown option '--jsn': did you mean --json?" },
		{ "--colour red", "unknown option '--colour': did you mean --color?" },
		{ "--gracE", "unknown option '--gracE': did you mean --grace?" },
		{ "--peer bad", "bad it is" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct run run;

		parse(&run, false, false, rows[i].line);
		assert_row(i, run.r == -EINVAL);
		assert_string_equal(strbuf_str(&run.why), rows[i].why);
		run_done(&run);
	}
}

static void test_is_known(void **state)
{
	static const struct {
		const char *word;
		bool known, takes_next;
	} rows[] = {
		{ "--json", true, false },    { "--port", true, true },
		{ "--port=80", true, false }, { "--nonsense", false, false },
		{ "-n", true, false },	      { "-nv", true, false },
		{ "-nt", true, true },	      { "-nt3", true, false },
		{ "-nx", false, false },      { "-4", true, false },
		{ "--hidden", true, false },  { "-p80x", true, false },
	};
	struct opt_set sets[] = { { "Options", own_opts, NULL },
				  { "Everywhere", shared_opts, NULL } };
	struct opt_parser p = { .sets = sets, .nr_sets = ARRAY_SIZE(sets) };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool takes_next = false;

		assert_row(i, opt_is_known(&p, rows[i].word, &takes_next) == rows[i].known);
		assert_row(i, takes_next == rows[i].takes_next);
	}
}

static void test_signals(void **state)
{
	struct run run;

	(void)state;
	parse(&run, false, true, "-TERM 8000");
	assert_int_equal(run.r, 0);
	assert_string_equal(run.own.called, "signal TERM");
	assert_words(run.operands.words, run.operands.nr_words, "8000");
	run_done(&run);

	parse(&run, false, true, "8000 -9");
	assert_string_equal(run.own.called, "signal 9");
	run_done(&run);

	/* Not an option's letter first: nothing of it may be applied before. */
	parse(&run, false, true, "-SIGNAL");
	assert_int_equal(run.r, 0);
	assert_null(run.own.signal);
	run_done(&run);

	parse(&run, false, true, "-4");
	assert_string_equal(run.own.called, "4:(none)");
	run_done(&run);
	parse(&run, false, true, "-6");
	assert_string_equal(run.own.called, "6:(none)");
	run_done(&run);

	parse(&run, false, true, "-nZ");
	assert_int_equal(run.r, -EINVAL);
	assert_false(run.own.dry_run);
	assert_string_equal(strbuf_str(&run.why), "unknown option '-Z' in '-nZ'");
	run_done(&run);
	parse(&run, false, true, "-BAD");
	assert_int_equal(run.r, -EINVAL);
	assert_string_equal(strbuf_str(&run.why), "no such signal");
	run_done(&run);
}

static void test_stop(void **state)
{
	struct run run;

	(void)state;
	/* Help is given even if what follows is wrong. */
	parse(&run, false, false, "--help --nonsense --port abc");
	assert_int_equal(run.r, 0);
	assert_true(run.own.help);
	run_done(&run);
	parse(&run, false, false, "-nhx");
	assert_int_equal(run.r, -EINVAL);
	run_done(&run);
	parse(&run, false, false, "-hp");
	assert_int_equal(run.r, 0);
	assert_true(run.own.help);
	run_done(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),	    cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_double_dash), cmocka_unit_test(test_errors),
		cmocka_unit_test(test_signals),	    cmocka_unit_test(test_stop),
		cmocka_unit_test(test_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
