// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/prose.h"

#include "unit.h"

static void test_prose(void **state)
{
	struct out_opts opts = {};
	_cleanup_(strbuf_done) struct strbuf text = {};
	struct capture c;

	(void)state;
	capture_init(&c);
	strbuf_adds(&text, "state  one two three\n");
	assert_int_equal(prose_print(&text, c.f, &opts), 0);
	assert_int_equal(text.len, 0);
	opts.width = 16;
	strbuf_adds(&text, "state  one two three\n");
	assert_int_equal(prose_print(&text, c.f, &opts), 0);
	assert_int_equal(prose_print(&text, c.f, &opts), 0); /* nothing is left to print */
	assert_string_equal(capture_text(&c), "state  one two three\n"
					      "state  one two\n"
					      "       three\n");
	capture_done(&c);
}

/* A text that is not whole is not printed, and an output that is full is told. */
static void test_errors(void **state)
{
	const struct out_opts opts = {};
	_cleanup_(strbuf_done) struct strbuf text = {};
	FILE *full = fopen("/dev/full", "w");
	struct capture c;

	(void)state;
	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	strbuf_adds(&text, "lost\n");
	assert_int_equal(prose_print(&text, full, &opts), -ENOSPC);
	fclose(full);
	capture_init(&c);
	strbuf_adds(&text, "half");
	strbuf_addn(&text, ' ', SIZE_MAX / 2);
	assert_int_equal(prose_print(&text, c.f, &opts), -ENOMEM);
	assert_string_equal(capture_text(&c), "");
	capture_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prose),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests_name("prose", tests, NULL, NULL);
}
