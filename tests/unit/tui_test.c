// SPDX-License-Identifier: GPL-2.0-or-later
/* The screen without curses: what keys do, what is chosen, how columns and text are laid out. */
#include <signal.h>

#include "base/text.h"
#include "filter_system.h"
#include "tui/keys.h"
#include "tui/prompt.h"

struct scene {
	struct board board;
	struct tui tui;
};

static void add(struct answer *a, uint16_t port, uint32_t pid, const char *comm)
{
	struct pw_sock s = sock(PW_LISTEN, "127.0.0.1", port, NULL, 0);
	size_t i = a->nr_sockets;

	add_socket(a, &s)->sk = port;
	add_holder(a, i, pid, comm, 3);
}

static int set_up(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	struct scene *s = calloc(1, sizeof(*s));

	board_init(&s->board);
	add(&a, 80, 10, "nginx");
	add(&a, 443, 11, "nginx");
	add(&a, 5432, 20, "postgres");
	add(&a, 8000, 30, "python3");
	assert_int_equal(board_update(&s->board, &a, NULL), 0);
	s->board.rows.v[1].conns = 9;
	s->board.rows.v[3].conns = 4;
	s->board.info[1].parent = 10;
	tui_init(&s->tui, &s->board, &all_lookups);
	assert_int_equal(tui_rebuild(&s->tui), 0);
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *s = *state;

	tui_done(&s->tui);
	board_done(&s->board);
	free(s);
	return 0;
}

static unsigned int press(struct scene *s, uint32_t key)
{
	unsigned int redraw = keys_press(&s->tui, key);

	if (redraw & TUI_REBUILD)
		assert_int_equal(tui_rebuild(&s->tui), 0);
	return redraw;
}

static void type(struct scene *s, const char *text)
{
	for (; *text; text++)
		press(s, (unsigned char)*text);
}

static uint16_t chosen(const struct scene *s)
{
	const struct board_row *r = port_list_row(&s->tui.list, &s->board);

	return r ? r->key.port : 0;
}

static const char *order(const struct scene *s)
{
	static char text[100];

	text[0] = '\0';
	for (size_t i = 0; i < s->tui.list.lines.nr; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%u", i ? " " : "",
			 s->board.rows.v[s->tui.list.lines.v[i].row].key.port);
	return text;
}

static void test_moving(void **state)
{
	struct scene *s = *state;

	assert_int_equal(chosen(s), 80);
	press(s, KEY_TUI_UP);
	assert_int_equal(chosen(s), 80);
	press(s, KEY_TUI_DOWN);
	assert_int_equal(chosen(s), 443);
	press(s, KEY_TUI_END);
	assert_int_equal(chosen(s), 8000);
	press(s, KEY_TUI_DOWN);
	assert_int_equal(chosen(s), 8000);
	tui_resize(&s->tui, 80, 5); /* two lines of titles and keys */
	assert_int_equal(s->tui.list.top, 1);
	press(s, KEY_TUI_HOME);
	assert_int_equal(s->tui.list.top, 0);
	press(s, KEY_TUI_PAGE_DOWN);
	assert_int_equal(chosen(s), 8000);
}

static void test_sorting(void **state)
{
	struct scene *s = *state;

	press(s, KEY_TUI_DOWN); /* 443 stays chosen, wherever it goes */
	press(s, 'C');
	assert_string_equal(order(s), "443 8000 80 5432");
	press(s, 'C');
	assert_string_equal(order(s), "5432 80 8000 443");
	press(s, 'P');
	assert_string_equal(order(s), "80 443 5432 8000");
	assert_int_equal(chosen(s), 443);
	press(s, 'I');
	assert_string_equal(order(s), "8000 5432 443 80");
	press(s, 'N');
	press(s, KEY_TUI_F(6));
	for (int i = 0; i < COLUMN_CONNS; i++)
		press(s, KEY_TUI_RIGHT);
	press(s, KEY_TUI_ENTER);
	assert_string_equal(order(s), "443 8000 80 5432");
	press(s, KEY_TUI_F(6));
	press(s, KEY_TUI_RIGHT);
	press(s, KEY_TUI_ESCAPE);
	assert_int_equal(s->tui.view_of.sort, COLUMN_CONNS);
}

static void test_what_is_chosen_goes(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	struct scene *s = *state;

	press(s, KEY_TUI_DOWN);
	add(&a, 22, 5, "sshd");
	add(&a, 443, 11, "nginx");
	add(&a, 8000, 30, "python3");
	assert_int_equal(board_update(&s->board, &a, NULL), 0);
	assert_int_equal(tui_rebuild(&s->tui), 0);
	assert_int_equal(chosen(s), 443);

	_cleanup_(answer_done) struct answer b = {};
	add(&b, 22, 5, "sshd");
	assert_int_equal(board_update(&s->board, &b, NULL), 0);
	assert_int_equal(tui_rebuild(&s->tui), 0);
	assert_int_equal(chosen(s), 22);

	_cleanup_(answer_done) struct answer none = {};
	assert_int_equal(board_update(&s->board, &none, NULL), 0);
	assert_int_equal(tui_rebuild(&s->tui), 0);
	assert_int_equal(chosen(s), 0);
	press(s, KEY_TUI_ENTER);
	assert_int_equal(s->tui.view, TUI_TABLE);
	press(s, 'k');
	assert_int_equal(s->tui.wish, TUI_NO_WISH);
	press(s, KEY_TUI_DOWN);
}

static void test_filtering(void **state)
{
	struct scene *s = *state;

	press(s, '\\');
	type(s, "ngin");
	assert_string_equal(order(s), "80 443");
	assert_int_equal(s->tui.list.hidden, 2);
	type(s, "x 443q"); /* q is text here */
	assert_int_equal(s->tui.wish, TUI_NO_WISH);
	assert_true(s->tui.why.len > 0); /* no port; the last filter that was one holds */
	assert_string_equal(order(s), "443");
	press(s, KEY_TUI_BACKSPACE);
	assert_int_equal(s->tui.why.len, 0);
	press(s, KEY_TUI_CTRL('w'));
	assert_string_equal(s->tui.input, "nginx ");
	assert_string_equal(order(s), "80 443");
	press(s, KEY_TUI_ENTER);
	press(s, KEY_TUI_F(4));
	press(s, KEY_TUI_CTRL('u'));
	type(s, "python");
	assert_string_equal(order(s), "8000");
	press(s, KEY_TUI_ESCAPE);
	assert_string_equal(order(s), "80 443");
	press(s, KEY_TUI_ESCAPE);
	assert_string_equal(order(s), "80 443 5432 8000");
}

static void test_searching(void **state)
{
	struct scene *s = *state;

	press(s, '/');
	type(s, "p");
	assert_int_equal(chosen(s), 5432);
	type(s, "yt");
	assert_int_equal(chosen(s), 8000);
	type(s, "zz");
	assert_true(s->tui.why.len > 0);
	press(s, KEY_TUI_ESCAPE);
	assert_int_equal(chosen(s), 80);
	press(s, '/');
	type(s, "NGINX");
	press(s, KEY_TUI_F(3));
	assert_int_equal(chosen(s), 443);
	press(s, KEY_TUI_ENTER);
	press(s, 'n');
	assert_int_equal(chosen(s), 80);
	press(s, '/');
	type(s, "54");
	assert_int_equal(chosen(s), 5432);
}

static void test_typing_utf8(void **state)
{
	struct scene *s = *state;

	press(s, '/');
	press(s, 0xfc);
	press(s, 0x20ac);
	press(s, 0x1f600);
	assert_string_equal(s->tui.input, "ü€😀");
	press(s, KEY_TUI_BACKSPACE);
	assert_string_equal(s->tui.input, "ü€");
	for (int i = 0; i < 300; i++)
		press(s, 0x20ac);
	assert_true(strlen(s->tui.input) < TUI_INPUT_LEN);
	assert_int_equal(strlen(s->tui.input) % 3, 2); /* no half character */
	for (int i = 0; i < 300; i++)
		press(s, KEY_TUI_BACKSPACE);
	assert_string_equal(s->tui.input, "");
}

static void test_tree(void **state)
{
	struct scene *s = *state;
	_cleanup_(strbuf_done) struct strbuf cell = {};
	const struct cell_opts ascii = { .ascii = true };

	press(s, 't');
	assert_string_equal(order(s), "80 443 5432 8000");
	assert_int_equal(s->tui.list.lines.v[0].depth, 0);
	assert_int_equal(s->tui.list.lines.v[1].depth, 1);
	column_cell(&cell, &s->board, &s->tui.list.lines.v[1], COLUMN_PROCESS, &ascii);
	assert_string_equal(strbuf_str(&cell), "`-nginx[11]");
	/* Two that call each other parent make no circle: a parent is older. */
	s->board.info[0].parent = 11;
	assert_int_equal(tui_rebuild(&s->tui), 0);
	assert_int_equal(s->tui.list.lines.nr, 4);
}

static void test_only_y_ends(void **state)
{
	static const uint32_t others[] = { 'n', 'Q',	     ' ',	   'k',
					   'r', '\t',	     KEY_TUI_DOWN, KEY_TUI_RESIZE,
					   'h', KEY_TUI_F(9) };
	struct scene *s = *state;
	struct strbuf text = {};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		s->tui.view = TUI_TABLE;
		press(s, 'k');
		assert_int_equal(s->tui.wish, TUI_PLAN);
		assert_int_equal(s->tui.subject.port, 80);
		s->tui.stage = TUI_PLANNED;
		press(s, others[i]);
		assert_row(i, s->tui.wish != TUI_END && s->tui.stage != TUI_ENDING);
	}
	s->tui.view = TUI_KILL;
	s->tui.stage = TUI_NOTHING;
	press(s, 'y');
	assert_int_equal(s->tui.wish, TUI_NO_WISH);
	/* A plan longer than the screen has to be read to its end. */
	s->tui.stage = TUI_PLANNED;
	strbuf_addn(&text, '\n', 30);
	assert_int_equal(tui_set_text(&s->tui, &text), 0);
	press(s, 'y');
	assert_int_equal(s->tui.wish, TUI_NO_WISH);
	press(s, KEY_TUI_END);
	press(s, 'y');
	assert_int_equal(s->tui.wish, TUI_END);
	/* Then only the end of waiting can be asked for. */
	press(s, 'y');
	assert_int_equal(s->tui.wish, TUI_NO_WISH);
	press(s, KEY_TUI_ESCAPE);
	assert_int_equal(s->tui.wish, TUI_CANCEL);
}

static void test_signals(void **state)
{
	struct scene *s = *state;

	press(s, 'k');
	s->tui.stage = TUI_PLANNED;
	assert_int_equal(s->tui.signal, SIGTERM);
	press(s, '\t');
	assert_int_equal(s->tui.signal, SIGKILL);
	assert_int_equal(s->tui.wish, TUI_PLAN); /* the plan is shown anew */
	press(s, KEY_TUI_LEFT);
	assert_int_equal(s->tui.signal, SIGTERM);
	press(s, 'e');
	assert_false(s->tui.escalate);
	press(s, KEY_TUI_ESCAPE);
	press(s, 'k'); /* nothing of that is remembered */
	assert_true(s->tui.escalate);
}

static void test_clearing(void **state)
{
	struct scene *s = *state;

	s->tui.cells.netns = 7;
	press(s, 'k');
	s->tui.subject.netns = 7;
	s->tui.stage = TUI_PLANNED;
	assert_false(s->tui.clear);
	press(s, 'w');
	assert_true(s->tui.clear);
	assert_int_equal(s->tui.wish, TUI_PLAN); /* which nothing is done by */
	press(s, 'w');
	assert_false(s->tui.clear);
	/* Where nothing is left there is nothing to clear. */
	s->tui.stage = TUI_ENDED;
	press(s, 'w');
	assert_int_equal(s->tui.wish, TUI_NO_WISH);
	s->tui.timewait_left = true;
	press(s, 'w');
	assert_int_equal(s->tui.wish, TUI_CLEAR);
	/* In another network namespace it cannot be done. */
	s->tui.subject.netns = 8;
	s->tui.stage = TUI_PLANNED;
	s->tui.clear = false;
	press(s, 'w');
	assert_false(s->tui.clear);
	assert_int_equal(s->tui.wish, TUI_NO_WISH);
	assert_true(s->tui.why.len > 0);
	press(s, KEY_TUI_ESCAPE);
	press(s, 'k');
	assert_false(s->tui.clear || s->tui.timewait_left);
}

static void test_help(void **state)
{
	struct scene *s = *state;

	press(s, 'k');
	s->tui.stage = TUI_PLANNED;
	s->tui.view = TUI_TABLE;
	press(s, '?');
	assert_int_equal(s->tui.view, TUI_HELP);
	press(s, 'y');
	assert_int_equal(s->tui.view, TUI_TABLE);
	press(s, 'q');
	assert_int_equal(s->tui.wish, TUI_QUIT);
}

#define test(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_moving),    test(test_sorting),     test(test_what_is_chosen_goes),
		test(test_filtering), test(test_searching),   test(test_typing_utf8),
		test(test_tree),      test(test_only_y_ends), test(test_signals),
		test(test_clearing),  test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
