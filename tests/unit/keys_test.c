// SPDX-License-Identifier: GPL-2.0-or-later
/* Keys of `top` that need no rows; tui_test.c has the others. */
#include "tui/keys.h"

#include "unit.h"

/* q goes back first, as in htop, and a key that does nothing says so. */
static void test_back_and_unknown(void **state)
{
	struct board board;
	struct tui t = { .board = &board };

	(void)state;
	board_init(&board);
	keys_press(&t, 'w');
	assert_int_equal(t.view, TUI_TIMEWAIT);
	keys_press(&t, 'q');
	assert_int_equal(t.view, TUI_TABLE);
	assert_int_not_equal(t.wish, TUI_QUIT);
	assert_int_equal(keys_press(&t, 'z'), TUI_REDRAW);
	assert_string_equal(strbuf_str(&t.why), "z does nothing here: ? shows all keys");
	keys_press(&t, 'I');
	assert_string_equal(strbuf_str(&t.why), "");
	keys_press(&t, 'q');
	assert_int_equal(t.wish, TUI_QUIT);
	strbuf_done(&t.why);
	strbuf_done(&t.pane.text);
	free(t.pane.lines.v);
	board_done(&board);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_back_and_unknown) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
