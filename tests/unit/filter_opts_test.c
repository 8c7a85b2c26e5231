// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/filter.h"
#include "filter_system.h"

#include "unit.h"

/* The kernel's half (bpf/emit.h), to compare with. */
static void test_option_tables(void **state)
{
	(void)state;
	assert_string_equal(filter_opts[0].long_name, "event");
	assert_string_equal(filter_socket_opts[0].long_name, "port");
	assert_string_equal(filter_place_opts[0].long_name, "netns");
	assert_int_equal(filter_place_opts[1].short_name, '4');
	assert_int_equal(filter_place_opts[2].short_name, '6');
	assert_int_equal(filter_place_opts[3].kind, OPT_KIND_END);
	assert_string_equal(filter_own_place_opts[0].long_name, "netns");
	assert_non_null(strstr(filter_own_place_opts[0].help, "self (default)"));
	for (size_t i = 0; i < FILTER_OPTS_PLACE; i++)
		assert_int_not_equal(filter_opts[i].kind, OPT_KIND_END);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_option_tables),
	};

	return cmocka_run_group_tests_name("filter_opts", tests, NULL, NULL);
}
