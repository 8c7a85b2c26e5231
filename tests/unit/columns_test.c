// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/columns.h"

#include "unit.h"

static void test_columns(void **state)
{
	static const size_t used[COLUMN_MAX] = {
		[COLUMN_PORT] = 8,  [COLUMN_STATE] = 6,	     [COLUMN_ADDRESS] = 60,
		[COLUMN_CONNS] = 3, [COLUMN_USER] = 30,	     [COLUMN_UNIT] = 13,
		[COLUMN_AGE] = 3,   [COLUMN_DIRECTORY] = 70,
	};
	size_t widths[COLUMN_MAX], sum;

	(void)state;
	for (size_t width = 1; width < 250; width++) {
		columns_share(width, used, widths);
		sum = 0;
		for (int c = 0; c < COLUMN_MAX; c++)
			sum += widths[c] && c != COLUMN_PROCESS ? widths[c] + 1 : widths[c];
		assert_row(width, sum == width || (width < 9 && !widths[COLUMN_PROCESS]));
		assert_row(width, widths[COLUMN_PORT] == 8);
		assert_row(width, widths[COLUMN_PROCESS] >= 12 || width < 22);
		assert_row(width, widths[COLUMN_NETNS] == 0);
	}
	assert_int_equal(widths[COLUMN_ADDRESS], 39);
	assert_int_equal(widths[COLUMN_USER], 12);
	columns_share(80, used, widths);
	assert_int_equal(widths[COLUMN_UNIT], 0); /* the first to go, with the rate of TIME-WAIT */
	assert_int_equal(widths[COLUMN_CONNS], 4);
	/* Age and directory come where the command keeps its room. */
	columns_share(145, used, widths);
	assert_int_equal(widths[COLUMN_AGE], 0);
	columns_share(146, used, widths);
	assert_int_equal(widths[COLUMN_AGE], 3);
	assert_int_equal(widths[COLUMN_DIRECTORY], 0);
	assert_int_equal(widths[COLUMN_PROCESS], 40);
	columns_share(200, used, widths);
	assert_int_equal(widths[COLUMN_DIRECTORY], 32);
	assert_true(widths[COLUMN_PROCESS] >= 40);
}

static const char *cell(const struct board *b, enum column c)
{
	static const struct cell_opts opts = { .netns = 7 };
	static const struct list_line line = { .owner = SIZE_MAX };
	static struct strbuf text;

	strbuf_reset(&text);
	column_cell(&text, b, &line, c, &opts);
	return strbuf_str(&text);
}

static void test_process(void **state)
{
	static const struct {
		uint64_t seconds;
		const char *shown;
	} ages[] = { { 0, "" },	       { 1, "1s" },    { 119, "119s" },	  { 120, "2m" },
		     { 7199, "119m" }, { 7200, "2h" }, { 172799, "47h" }, { 172800, "2d" } };
	char command[] = "/usr/bin/python3\0-m\0http.server\0/srv";
	struct process p = { .id = { .tgid = 40, .comm = "python3" },
			     .cmdline = command,
			     .cmdline_len = sizeof(command) - 1 };
	struct socket socket = {};
	size_t owner = 0;
	struct board_row row = { .nr_sockets = 1, .nr_owners = 1 };
	struct board b = { .a = { .sockets = &socket, .nr_sockets = 1, .processes = &p } };

	(void)state;
	b.rows.v = &row, b.rows.nr = 1;
	b.owners.v = &owner, b.owners.nr = 1;
	/* Only the details have the program's directory. */
	assert_string_equal(cell(&b, COLUMN_PROCESS), "python3[40] python3 -m http.server /srv");
	assert_string_equal(cell(&b, COLUMN_USER), "0");
	assert_string_equal(cell(&b, COLUMN_DIRECTORY), "");
	p.cwd = (char *)"/srv/site", p.unit = (char *)"web.service", p.user = (char *)"www";
	assert_string_equal(cell(&b, COLUMN_DIRECTORY), "/srv/site");
	assert_string_equal(cell(&b, COLUMN_UNIT), "web.service");
	assert_string_equal(cell(&b, COLUMN_USER), "www");
	assert_string_equal(cell(&b, COLUMN_AGE), ""); /* unknown */
	p.id.start_ns = 5 * 1000000000ull;
	for (size_t i = 0; i < sizeof(ages) / sizeof(*ages); i++) {
		b.a.time_ns = p.id.start_ns + ages[i].seconds * 1000000000ull + 1;
		assert_string_equal(cell(&b, COLUMN_AGE), ages[i].shown);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_process),
	};

	return cmocka_run_group_tests_name("columns", tests, NULL, NULL);
}
