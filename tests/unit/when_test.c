// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/when.h"

#include <time.h>

#include "print/color.h"
#include "unit.h"

#define NEW_YEAR 1767225600000000000 /* 2026-01-01T00:00:00Z */
#define SECOND UINT64_C(1000000000)

/* A clock that is set moves what is shown from then on; how it is measured does not. */
static void test_set(void **state)
{
	char buf[WHEN_RFC3339_LEN];
	struct when w;

	(void)state;
	when_init(&w, NEW_YEAR);
	when_rfc3339(&w, SECOND, buf);
	when_set(&w, NEW_YEAR + 999999);
	when_rfc3339(&w, SECOND, buf);
	assert_string_equal(buf, "2026-01-01T00:00:01.000000Z");
	when_set(&w, NEW_YEAR - 3600 * (int64_t)SECOND);
	when_rfc3339(&w, SECOND, buf);
	assert_string_equal(buf, "2025-12-31T23:00:01.000000Z");
	when_set(&w, INT64_MIN);
	when_rfc3339(&w, SECOND, buf);
	assert_string_equal(buf, "1970-01-01T00:00:00.000000Z");
}

static void test_rfc3339(void **state)
{
	static const struct {
		uint64_t boot;
		const char *want;
	} rows[] = {
		{ 0, "2026-01-01T00:00:00.000000Z" },
		{ 999, "2026-01-01T00:00:00.000000Z" },
		{ 1000, "2026-01-01T00:00:00.000001Z" },
		{ 12 * 3600 * SECOND + 34 * 60 * SECOND + 56 * SECOND + 789012345,
		  "2026-01-01T12:34:56.789012Z" },
		{ 12 * 3600 * SECOND + 34 * 60 * SECOND + 56 * SECOND + 999999999,
		  "2026-01-01T12:34:56.999999Z" },
		/* Back, as events of different CPUs may be. */
		{ 58 * 86400 * SECOND, "2026-02-28T00:00:00.000000Z" },
		{ 59 * 86400 * SECOND - 1, "2026-02-28T23:59:59.999999Z" },
		{ 59 * 86400 * SECOND, "2026-03-01T00:00:00.000000Z" },
	};
	char buf[WHEN_RFC3339_LEN];
	struct when w;

	(void)state;
	when_init(&w, NEW_YEAR);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
			assert_int_equal(when_rfc3339(&w, rows[i].boot, buf), 27);
			assert_string_equal(buf, rows[i].want);
		}
	}
	/* Nonsense is clamped, not undefined. */
	when_rfc3339(&w, UINT64_MAX, buf);
	assert_string_equal(buf, "2262-04-11T23:47:16.854775Z");
	when_init(&w, INT64_MIN);
	when_rfc3339(&w, 5, buf);
	assert_string_equal(buf, "1970-01-01T00:00:00.000000Z");
}

static void test_local(void **state)
{
	char buf[WHEN_LOCAL_LEN];
	struct when w;

	(void)state;
	setenv("TZ", "XXX-05:30", 1);
	tzset();
	when_init(&w, NEW_YEAR);
	assert_int_equal(when_local(&w, 1500000, buf), 15);
	assert_string_equal(buf, "05:30:00.001500");
	when_local(&w, 61 * SECOND, buf);
	assert_string_equal(buf, "05:31:01.000000");
	setenv("TZ", "UTC", 1);
	tzset();
	when_init(&w, NEW_YEAR);
	when_local(&w, 86399 * SECOND, buf);
	assert_string_equal(buf, "23:59:59.000000");
}

static void test_span(void **state)
{
	static const struct {
		uint64_t ns;
		const char *want;
	} rows[] = {
		{ 0, "0 µs" },
		{ 999, "0 µs" },
		{ 1500, "1.5 µs" },
		{ 999999, "999 µs" },
		{ 1000000, "1.0 ms" },
		{ 12345678, "12 ms" },
		{ 999 * 1000000ull, "999 ms" },
		{ SECOND, "1.0 s" },
		{ 3 * SECOND + 290000000, "3.2 s" },
		{ 119 * SECOND, "119 s" },
		{ 120 * SECOND, "2.0 min" },
		{ 119 * 60 * SECOND, "119 min" },
		{ 7200 * SECOND, "2.0 h" },
		{ 71 * 3600 * SECOND, "71 h" },
		{ 72 * 3600 * SECOND, "3.0 d" },
		{ 400 * 86400 * SECOND, "400 d" },
		{ UINT64_MAX, "213503 d" },
	};
	char buf[WHEN_AGO_LEN];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t len = when_span(rows[i].ns, buf);

		assert_string_equal(buf, rows[i].want);
		assert_int_equal(len, strlen(rows[i].want));
	}
}

static void test_color(void **state)
{
	static const struct {
		int mode;
		bool terminal, want;
		const char *no_color, *term;
	} rows[] = {
		{ COLOR_AUTO, true, true, NULL, "xterm" },
		{ COLOR_AUTO, true, true, "", "xterm" },
		{ COLOR_AUTO, true, false, "1", "xterm" },
		{ COLOR_AUTO, true, false, "0", "xterm" },
		{ COLOR_AUTO, true, false, NULL, "dumb" },
		{ COLOR_AUTO, true, false, NULL, NULL },
		{ COLOR_AUTO, true, false, NULL, "" },
		{ COLOR_AUTO, false, false, NULL, "xterm" },
		{ COLOR_ALWAYS, false, true, "1", NULL },
		{ COLOR_NEVER, true, false, NULL, "xterm" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_row(i, color_wanted(rows[i].mode, rows[i].terminal, rows[i].no_color,
					   rows[i].term) == rows[i].want);
	assert_string_equal(color_modes[COLOR_AUTO], "auto");
	assert_string_equal(color_modes[COLOR_ALWAYS], "always");
	assert_string_equal(color_modes[COLOR_NEVER], "never");
	assert_null(color_modes[3]);
	for (int i = 0; i < 256; i++) {
		assert_non_null(color_state((uint8_t)i));
		assert_non_null(color_event((uint8_t)i));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),   cmocka_unit_test(test_rfc3339),
		cmocka_unit_test(test_local), cmocka_unit_test(test_span),
		cmocka_unit_test(test_color),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
