// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/num.h"

#include "unit.h"

static void test_u64(void **state)
{
	static const struct {
		const char *text;
		uint64_t min, max;
		int want;
		uint64_t value;
	} rows[] = {
		{ "0", 0, UINT64_MAX, 0, 0 },
		{ "1", 1, 1, 0, 1 },
		{ "00042", 0, 100, 0, 42 },
		{ "18446744073709551615", 0, UINT64_MAX, 0, UINT64_MAX },
		{ "18446744073709551616", 0, UINT64_MAX, -ERANGE, 0 },
		{ "99999999999999999999999999", 0, UINT64_MAX, -ERANGE, 0 },
		{ "99999999999999999999999999x", 0, UINT64_MAX, -EINVAL, 0 },
		{ "0", 1, 10, -ERANGE, 0 },
		{ "11", 1, 10, -ERANGE, 0 },
		{ "", 0, 10, -EINVAL, 0 },
		{ " 1", 0, 10, -EINVAL, 0 },
		{ "1 ", 0, 10, -EINVAL, 0 },
		{ "+1", 0, 10, -EINVAL, 0 },
		{ "-1", 0, 10, -EINVAL, 0 },
		{ "-0", 0, 10, -EINVAL, 0 },
		{ "0x1", 0, 10, -EINVAL, 0 },
		{ "1e3", 0, 10000, -EINVAL, 0 },
		{ "1.0", 0, 10, -EINVAL, 0 },
		{ "1:", 0, 100, -EINVAL, 0 },
		{ "1/", 0, 100, -EINVAL, 0 },
		{ "\xd9\xa1", 0, 10, -EINVAL, 0 }, /* ARABIC-INDIC DIGIT ONE */
		{ "1\n", 0, 10, -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t v = 77;

		assert_row(i, num_parse_u64(rows[i].text, rows[i].min, rows[i].max, &v) ==
				      rows[i].want);
		assert_row(i, v == (rows[i].want ? 77 : rows[i].value));
	}
}

static void test_small(void **state)
{
	uint32_t u32 = 7;
	uint16_t u16 = 7;

	(void)state;
	assert_int_equal(num_parse_u16("65535", 1, UINT16_MAX, &u16), 0);
	assert_int_equal(u16, 65535);
	assert_int_equal(num_parse_u16("65536", 1, UINT16_MAX, &u16), -ERANGE);
	assert_int_equal(num_parse_u16("4294967297", 1, UINT16_MAX, &u16), -ERANGE);
	assert_int_equal(u16, 65535);
	assert_int_equal(num_parse_u32("4294967295", 0, UINT32_MAX, &u32), 0);
	assert_int_equal(u32, UINT32_MAX);
	assert_int_equal(num_parse_u32("4294967296", 0, UINT32_MAX, &u32), -ERANGE);
	assert_int_equal(num_parse_u32("x", 0, UINT32_MAX, &u32), -EINVAL);
	assert_int_equal(u32, UINT32_MAX);
}

static void test_span(void **state)
{
	_cleanup_free_ char *text = exact("8080", 4);
	uint64_t v;

	(void)state;
	assert_int_equal(num_parse_span(text, 4, 0, 9999, &v), 0);
	assert_int_equal(v, 8080);
	assert_int_equal(num_parse_span(text, 2, 0, 9999, &v), 0);
	assert_int_equal(v, 80);
	assert_int_equal(num_parse_span(text, 0, 0, 9999, &v), -EINVAL);
	assert_int_equal(num_parse_span("1\0002", 3, 0, 9999, &v), -EINVAL);
}

static void test_seconds(void **state)
{
	static const struct {
		const char *text;
		int want;
		double value;
	} rows[] = {
		{ "3", 0, 3 },
		{ "0.5", 0, 0.5 },
		{ ".25", 0, 0.25 },
		{ "0", 0, 0 },
		{ "10s", 0, 10 },
		{ "500ms", 0, 0.5 },
		{ "2m", 0, 120 },
		{ "1h", 0, 3600 },
		{ "1.000000001", 0, 1.000000001 },
		{ "1.0000000001", -EINVAL, 0 },
		{ "2h", -ERANGE, 0 },
		{ "3601", -ERANGE, 0 },
		{ "99999999999999999999", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ ".", -EINVAL, 0 },
		{ "3.", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "1,5", -EINVAL, 0 },
		{ "1e3", -EINVAL, 0 },
		{ "nan", -EINVAL, 0 },
		{ "inf", -EINVAL, 0 },
		{ "s", -EINVAL, 0 },
		{ "1 s", -EINVAL, 0 },
		{ "1d", -EINVAL, 0 },
		{ "1.2.3", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		double v = -77, want = rows[i].want ? -77 : rows[i].value;

		assert_row(i, num_parse_seconds(rows[i].text, 0, 3600, &v) == rows[i].want);
		assert_row(i, v > want - 1e-12 && v < want + 1e-12);
	}
}

static void test_format(void **state)
{
	static const uint64_t values[] = { 0, 1, 9, 10, 65535, 4294967296, UINT64_MAX };
	char got[NUM_LEN + 1], want[NUM_LEN + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		got[num_format(values[i], got)] = '\0';
		snprintf(want, sizeof(want), "%llu", (unsigned long long)values[i]);
		assert_string_equal(got, want);
	}
	memset(got, 'x', sizeof(got));
	num_format_fixed(42, 6, got);
	assert_memory_equal(got, "000042x", 7);
	num_format_fixed(1234567, 3, got);
	assert_memory_equal(got, "567042x", 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_u64),    cmocka_unit_test(test_small),
		cmocka_unit_test(test_span),   cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
