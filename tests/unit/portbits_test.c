// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/portbits.h"

#include "model/portspec.h"
#include "unit.h"

static void check(const char *text, const char *again)
{
	_cleanup_(strbuf_done) struct strbuf out = {};
	uint64_t map[PORTSPEC_WORDS] = {};

	assert_int_equal(portbits_parse(text, strlen(text), map), 0);
	portbits_format(map, &out);
	assert_string_equal(strbuf_str(&out), again);
}

static void test_round(void **state)
{
	(void)state;
	check("", "");
	check("\n", "");
	check("443\n", "443");
	check("443,80", "80,443");
	check("8000-8010,8011,9\n", "9,8000-8011");
	check("1-65535", "1-65535");
	check("0,65535", "0,65535");
	check("63-64,128", "63-64,128");
}

static void test_refused(void **state)
{
	static const char *const texts[] = { "x",     "80-", "-80", "90-80",
					     "65536", "1 2", ",",   "80,,81" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		uint64_t map[PORTSPEC_WORDS] = { 1 };
		size_t len = strlen(texts[i]);

		assert_int_equal(portbits_parse(texts[i], len, map), -EINVAL);
		assert_int_equal(map[0], 1);
		assert_int_equal(map[1], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
