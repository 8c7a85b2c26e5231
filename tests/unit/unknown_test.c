// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/unknown.h"

#include "unit.h"

static bool detailed;

static const char *tell(const struct answer *a)
{
	static struct strbuf sb;

	strbuf_reset(&sb);
	unknown_tell(&sb, a, "sudo portwatch 8000 -v", detailed);
	return strbuf_str(&sb);
}

static void test_names(void **state)
{
	(void)state;
	for (unsigned int bit = 1; bit < UNKNOWN_MAX; bit <<= 1)
		assert_string_not_equal(unknown_name(bit), "unknown");
	assert_string_equal(unknown_name(UNKNOWN_OTHER_HOLDERS), "other-holders");
}

static void test_nothing_to_tell(void **state)
{
	struct answer a = { .unknown = UNKNOWN_CREATOR };

	(void)state;
	assert_string_equal(tell(&a), "");
}

static void test_processes_of_others(void **state)
{
	struct answer a = { .unknown = UNKNOWN_HOLDERS,
			    .blind = { .processes = 90, .unreadable = 40 } };

	(void)state;
	assert_string_equal(tell(&a), "processes of others cannot be seen (40 of 90): sudo "
				      "portwatch 8000 -v\n");
	a.is_root = true;
	assert_non_null(strstr(tell(&a), "CAP_SYS_PTRACE"));
	assert_null(strstr(tell(&a), "sudo"));
}

static void test_single_descriptors(void **state)
{
	struct answer a = { .unknown = UNKNOWN_OTHER_HOLDERS,
			    .blind = { .processes = 90, .descriptors = 7, .pid = 1 } };

	(void)state;
	assert_string_equal(tell(&a), "some descriptors of process 1 cannot be read: it may "
				      "hold more than is shown\n");
}

static void test_each_has_a_line(void **state)
{
	struct answer a = { .unknown =
				    UNKNOWN_BOUND | UNKNOWN_NETNS | UNKNOWN_BIND | UNKNOWN_DEVICE };
	size_t lines = 0;

	(void)state;
	for (const char *s = tell(&a); *s; s++)
		lines += *s == '\n';
	assert_int_equal(lines, 4);
}

static void test_namespaces_in_part(void **state)
{
	struct answer a = { .unknown = UNKNOWN_NETNS_BOUND };

	(void)state;
	assert_non_null(strstr(tell(&a), "only bound in other network namespaces"));
	a.unknown |= UNKNOWN_BOUND;
	assert_null(strstr(tell(&a), "namespaces"));
	a.unknown = UNKNOWN_NETNS_BOUND | UNKNOWN_NETNS;
	assert_string_equal(tell(&a), "other network namespaces cannot be entered\n");
}

static void test_what_changes_nothing(void **state)
{
	struct verdict v[] = { { .port = 80, .why = WHY_HELD },
			       { .port = 80, .why = WHY_FREE, .implied = true } };
	struct answer a = { .unknown = UNKNOWN_BOUND | UNKNOWN_NETNS | UNKNOWN_BIND |
				       UNKNOWN_DEVICE | UNKNOWN_OTHER_HOLDERS,
			    .blind = { .processes = 90, .unreadable = 40 },
			    .verdicts = v,
			    .nr_verdicts = 2 };

	(void)state;
	assert_string_equal(tell(&a), "processes of others cannot be seen (40 of 90): sudo "
				      "portwatch 8000 -v\n");
	detailed = true;
	assert_non_null(strstr(tell(&a), "SO_REUSEADDR"));
	detailed = false;
	v[0].why = WHY_TIMEWAIT;
	assert_non_null(strstr(tell(&a), "SO_REUSEADDR"));
	v[0].why = WHY_FREE;
	assert_non_null(strstr(tell(&a), "only bound"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_nothing_to_tell),
		cmocka_unit_test(test_processes_of_others),
		cmocka_unit_test(test_single_descriptors),
		cmocka_unit_test(test_each_has_a_line),
		cmocka_unit_test(test_namespaces_in_part),
		cmocka_unit_test(test_what_changes_nothing),
	};

	return cmocka_run_group_tests_name("unknown", tests, NULL, NULL);
}
