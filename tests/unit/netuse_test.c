// SPDX-License-Identifier: GPL-2.0-or-later
#include "tables/netuse.h"

#include "unit.h"

static void zero_is_told_from_all_else(void **state)
{
	static const char text[] = "sockets: used 13\nTCP: inuse 20 orphan 0 tw 0 alloc 9 mem 0\n"
				   "UDP: inuse 0 mem 1\nTCPX: inuse 0\nRAW: inuse 0";
	static const struct {
		const char *text, *name, *number;
		bool zero;
	} rows[] = {
		{ text, "TCP", "inuse", false },
		{ text, "TCP", "orphan", true },
		{ text, "TCP", "tw", true },
		{ text, "TCP", "t", false },
		{ text, "TCP", "mem", true },
		{ text, "TCP", "none", false },
		{ text, "UDP", "inuse", true },
		{ text, "UDP", "mem", false },
		{ text, "UDP", "tw", false }, /* not that of a line behind */
		{ text, "RAW", "inuse", true },
		{ text, "DP", "inuse", false },
		{ text, "TCP6", "inuse", false },
		{ "TCP: inuse 0", "TCP", "inuse", true },
		{ "TCP: inuse 01", "TCP", "inuse", false },
		{ "TCP: inuse -1", "TCP", "inuse", false },
		{ "TCP: inuse ", "TCP", "inuse", false },
		{ "TCP: inuse", "TCP", "inuse", false },
		{ "TCP:", "TCP", "inuse", false },
		{ "TCP", "TCP", "inuse", false },
		{ "", "TCP", "inuse", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *copy = exact(rows[i].text, strlen(rows[i].text) + 1);

		assert_row(i, netuse_is_zero(copy, rows[i].name, rows[i].number) == rows[i].zero);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zero_is_told_from_all_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
