// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/table.h"

#include "print/color.h"
#include "unit.h"

static const struct table_column columns[] = {
	{ .title = "NAME" },
	{ .title = "RUNS", .right = true },
	{ .title = "NOTE", .optional = true, .rank = 2 },
	{ .title = "COMMAND", .rank = 1, .below = true },
};

static void assert_table(const struct out_opts *opts, const char *const *cells, size_t nr,
			 const char *want)
{
	struct capture c;
	struct table t;

	capture_init(&c);
	table_init(&t, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < nr; i++)
		table_cell(&t, cells[i], i % 4 ? NULL : COLOR_RED);
	assert_int_equal(table_print(&t, c.f, opts), 0);
	table_done(&t);
	assert_string_equal(capture_text(&c), want);
	capture_done(&c);
}

static void test_pipe(void **state)
{
	static const char *const cells[] = {
		"web", "12", "", "nginx -g off", "longer name", "7", NULL, "a\tb",
	};
	static const char *const blank[] = { "x", "1", "a", "", "web", "2", " ", " " };

	(void)state;
	/* Numbers end at a line, the column that is empty in each row is not there, and what a
	 * process chose is escaped. */
	assert_table(&(struct out_opts){ .header = true }, cells, ARRAY_SIZE(cells),
		     "NAME         RUNS  COMMAND\n"
		     "web            12  nginx -g off\n"
		     "longer name     7  a\\x09b\n");
	/* An empty cell is a dash, a blank cell is nothing. */
	assert_table(&(struct out_opts){ .header = true }, blank, ARRAY_SIZE(blank),
		     "NAME  RUNS  NOTE  COMMAND\n"
		     "x        1  a     -\n"
		     "web      2\n");
	assert_table(&(struct out_opts){ .color = true }, blank, ARRAY_SIZE(blank),
		     COLOR_RED "x" COLOR_RESET "    1  a  -\n" COLOR_RED "web" COLOR_RESET "  2\n");
}

/* On a terminal the column of the highest rank goes first, then the next to a line below, and at
 * last the line is cut. */
static void test_terminal(void **state)
{
	static const char *const cells[] = { "web", "12", "a note", "nginx -g off" };
	struct out_opts opts = { .header = true, .ascii = true };

	(void)state;
	opts.width = 32;
	assert_table(&opts, cells, ARRAY_SIZE(cells),
		     "NAME  RUNS  NOTE    COMMAND\n"
		     "web     12  a note  nginx -g off\n");
	opts.width = 31;
	assert_table(&opts, cells, ARRAY_SIZE(cells),
		     "NAME  RUNS  COMMAND\n"
		     "web     12  nginx -g off\n");
	opts.width = 23;
	assert_table(&opts, cells, ARRAY_SIZE(cells),
		     "NAME  RUNS\n"
		     "web     12\n"
		     "    nginx -g off\n");
	opts.width = 9;
	assert_table(&opts, cells, ARRAY_SIZE(cells),
		     "NAME\n"
		     "RUNS\n"
		     "web\n"
		     "12\n"
		     "    ng...\n");
}

/* Print a table of one process in a terminal of so many columns. */
static void assert_kept(size_t width, bool ascii, const char *text, const char *shorter,
			size_t kept, const char *want)
{
	static const struct table_column processes[] = {
		{ .title = "PORT" },
		{ .title = "PROCESS", .rank = 1, .below = true, .min = 4 },
		{ .title = "USER" },
	};
	const struct out_opts opts = { .width = width, .ascii = ascii };
	struct capture c;
	struct table t;

	capture_init(&c);
	table_init(&t, processes, ARRAY_SIZE(processes));
	table_cell(&t, "80", NULL);
	table_cell_kept(&t, text, shorter, kept, NULL);
	table_cell(&t, "root", NULL);
	assert_int_equal(table_print(&t, c.f, &opts), 0);
	table_done(&t);
	assert_string_equal(capture_text(&c), want);
	capture_done(&c);
}

/* The number of a process, and how many there are more, are never cut. */
static void test_kept(void **state)
{
	(void)state;
	assert_kept(0, true, "nginx[812] +2", NULL, 8, "80  nginx[812] +2  root\n");
	assert_kept(23, false, "nginx[812] +2", NULL, 8, "80  nginx[812] +2  root\n");
	assert_kept(22, false, "nginx[812] +2", NULL, 8, "80  ngi…[812] +2  root\n");
	assert_kept(20, false, "nginx[812] +2", NULL, 8, "80  n…[812] +2  root\n");
	/* No room for a letter of the name: the whole goes below. */
	assert_kept(19, false, "nginx[812] +2", NULL, 8, "80  root\n    nginx[812] +2\n");
	assert_kept(22, true, "nginx[812] +2", NULL, 8, "80  n...[812] +2  root\n");
	/* A row of names has a short form. */
	assert_kept(40, false, "web[1],db[2] +3", "web[1],+1", 6, "80  web[1],db[2] +3  root\n");
	assert_kept(24, false, "web[1],db[2] +3", "web[1],+1", 6, "80  web[1],+1       root\n");
	assert_kept(18, false, "web[1],db[2] +3", "web[1],+1", 6, "80  w…[1],+1  root\n");
	assert_kept(17, false, "web[1],db[2] +3", "web[1],+1", 6, "80  root\n    web[1],+1\n");
	/* Nor where even below there is no room is there more than the terminal's width. */
	assert_kept(9, false, "nginx[812] +2", NULL, 8, "80  root\n    ngin…\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_kept),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
