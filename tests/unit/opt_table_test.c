// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/opt.h"

#include "unit.h"

struct args {
	bool on;
	int color;
	const char *text;
};

static const char *const colors[] = { "auto", "always", "never", NULL };
static const char *const lonely[] = { "only", NULL };

static const struct opt own_opts[] = {
	OPT_FLAG('n', "dry-run", struct args, on, "only show the plan"),
	OPT_FLAG(0, "hidden", struct args, on, NULL),
	OPT_STRING(0, "signal", struct args, text, "SIG", "the signal"),
	OPT_CHOICE(0, "color", struct args, color, colors, "WHEN", "in colours"),
	OPT_CHOICE('o', "one", struct args, color, lonely, "X", "no choice"),
	OPT_FLAG('4', NULL, struct args, on, "IPv4"),
	OPT_END,
};

static const struct opt hidden_opts[] = {
	OPT_FLAG('x', "secret", struct args, on, NULL),
	OPT_END,
};

static const struct opt shared_opts[] = {
	OPT_FLAG('v', "verbose", struct args, on, "say more"),
	OPT_END,
};

static void assert_table(const struct opt_usage *u, const struct opt_set *sets, size_t nr,
			 const char *want)
{
	_cleanup_(strbuf_done) struct strbuf out = {};

	opt_table(&out, u, sets, nr);
	assert_string_equal(strbuf_str(&out), want);
}

static void test_whole(void **state)
{
	static const char *const examples[] = { "portwatch x 80\twhat it does", "portwatch x\t",
						NULL };
	struct opt_set sets[] = { { "Options", own_opts, NULL },
				  { "Secrets", hidden_opts, NULL },
				  { "Everywhere", shared_opts, NULL } };

	(void)state;
	assert_table(&(struct opt_usage){ examples, "portwatch x [OPTION…]", "About it." }, sets, 3,
		     "synopsis\tportwatch x [OPTION…]\n"
		     "example\tportwatch x 80\twhat it does\n"
		     "example\tportwatch x\t\n"
		     "option\tOptions\t-n\t--dry-run\t\t\tonly show the plan\n"
		     "option\tOptions\t\t--signal\tSIG\t\tthe signal\n"
		     "option\tOptions\t\t--color\tWHEN\tauto always never\tin colours\n"
		     "option\tOptions\t-o\t--one\tX\tonly\tno choice\n"
		     "option\tOptions\t-4\t\t\t\tIPv4\n"
		     "option\tEverywhere\t-v\t--verbose\t\t\tsay more\n");
}

static void test_synopsis_alone(void **state)
{
	static const char *const none[] = { NULL };
	struct opt_set set = { "Secrets", hidden_opts, NULL };

	(void)state;
	assert_table(&(struct opt_usage){ NULL, "x", NULL }, NULL, 0, "synopsis\tx\n");
	assert_table(&(struct opt_usage){ none, "x", NULL }, &set, 1, "synopsis\tx\n");
}

/* Each line has as many fields as its kind says, whatever an option lacks. */
static void test_fields(void **state)
{
	struct opt_set set = { "Options", own_opts, NULL };
	_cleanup_(strbuf_done) struct strbuf out = {};
	size_t lines = 0;

	(void)state;
	opt_table(&out, &(struct opt_usage){ NULL, "x", NULL }, &set, 1);
	for (const char *line = strchr(strbuf_str(&out), '\n') + 1; *line; lines++) {
		size_t tabs = 0;

		for (; *line != '\n'; line++)
			tabs += *line == '\t';
		line++;
		assert_row(lines, tabs == 6);
	}
	assert_int_equal(lines, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_synopsis_alone),
		cmocka_unit_test(test_fields),
	};

	return cmocka_run_group_tests_name("opt_table", tests, NULL, NULL);
}
