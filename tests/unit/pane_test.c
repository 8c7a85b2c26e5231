// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/pane.h"

#include "unit.h"

static void test_pane(void **state)
{
	_cleanup_(pane_done) struct pane p = {};
	struct strbuf text = {};

	(void)state;
	strbuf_adds(&text, "\033[1mone two three\033[0m four\n\nüüüüüüüüüüüüüüüüüüüü\n");
	assert_int_equal(pane_set(&p, &text, 13), 0);
	assert_int_equal(p.lines.nr, 5);
	/* Sequences take no columns; a word goes over whole. */
	assert_int_equal(p.lines.v[0].to - p.lines.v[0].from,
			 strlen("\033[1mone two three\033[0m"));
	assert_int_equal(p.lines.v[1].indent, 4);
	assert_int_equal(p.lines.v[1].start, 0);
	assert_int_equal(p.lines.v[2].from, p.lines.v[2].to); /* the empty line */
	assert_int_equal(p.lines.v[3].to - p.lines.v[3].from, 26);
	assert_int_equal(p.lines.v[4].indent, 4);
	for (size_t width = 1; width < 30; width++) {
		assert_int_equal(pane_wrap(&p, width), 0);
		for (size_t i = 0; i < p.lines.nr; i++)
			assert_row(width, i == 0 || p.lines.v[i].from >= p.lines.v[i - 1].to);
		assert_row(width, p.lines.v[p.lines.nr - 1].to == p.text.len - 1);
	}
	assert_int_equal(pane_wrap(&p, 13), 0);
	pane_scroll(&p, 100, 4);
	assert_int_equal(p.top, 1);
	assert_true(pane_at_end(&p, 4));
	pane_scroll(&p, -1, 4);
	assert_int_equal(p.top, 0);
	assert_false(pane_at_end(&p, 4));
	assert_int_equal(pane_sequence("\033[31m", 5), 5);
	assert_int_equal(pane_sequence("\033[2J", 4), 0);
	assert_int_equal(pane_sequence("\033[31", 4), 0);
	assert_int_equal(pane_sequence("\033", 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pane),
	};

	return cmocka_run_group_tests_name("pane", tests, NULL, NULL);
}
