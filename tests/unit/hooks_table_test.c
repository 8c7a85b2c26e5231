// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/hooks_table.h"

#include "print/color.h"
#include "unit.h"

static void assert_hooks(const struct out_opts *opts, const char *want)
{
	static const struct hook_row rows[] = {
		{ PW_NEED_BIND, PW_VAR_FENTRY, false },
		{ PW_NEED_BIND_FAILED, PW_VAR_NONE, true },
	};
	struct capture c;

	capture_init(&c);
	assert_int_equal(hooks_table_print(rows, ARRAY_SIZE(rows), c.f, opts), 0);
	assert_string_equal(capture_text(&c), want);
	capture_done(&c);
}

static void test_hooks(void **state)
{
	struct out_opts opts = { .header = true };

	(void)state;
	assert_hooks(&opts, "HOOK         TELLS              THROUGH\n"
			    "bind         a port is bound    fentry\n"
			    "bind-failed  a bind is refused  none\n");
	/* The column in the middle goes first. */
	opts.width = 30;
	assert_hooks(&opts, "HOOK         THROUGH\n"
			    "bind         fentry\n"
			    "bind-failed  none\n");
	opts = (struct out_opts){ .color = true };
	assert_hooks(&opts,
		     "bind         a port is bound    fentry\n"
		     "bind-failed  a bind is refused  " COLOR_YELLOW "none" COLOR_RESET "\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hooks),
	};

	return cmocka_run_group_tests_name("hooks_table", tests, NULL, NULL);
}
