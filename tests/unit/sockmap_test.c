// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/sockmap.h"

#include "unit.h"

#define SK(n) (0xffff888000000000ull + (n)*64)

static size_t find(const struct sockmap *m, uint64_t sk, uint64_t cookie, uint64_t inode)
{
	return sockmap_get(m, &(struct identity){ sk, cookie, inode });
}

static void put(struct sockmap *m, uint64_t sk, uint64_t cookie, uint64_t inode, size_t index)
{
	assert_int_equal(sockmap_put(m, &(struct identity){ sk, cookie, inode }, index), 0);
}

static void test_any_part_leads_to_it(void **state)
{
	struct sockmap m = {};

	(void)state;
	assert_true(find(&m, SK(1), 1, 1) == SIZE_MAX);
	put(&m, SK(1), 77, 5000, 3);
	assert_int_equal(find(&m, SK(1), 0, 0), 3);
	assert_int_equal(find(&m, 0, 77, 0), 3);
	assert_int_equal(find(&m, 0, 0, 5000), 3);
	/* A number is a cookie or an inode's, never both. */
	assert_true(find(&m, 0, 5000, 0) == SIZE_MAX);
	assert_true(find(&m, 0, 0, 77) == SIZE_MAX);
	assert_true(find(&m, 0, 0, 0) == SIZE_MAX);
	sockmap_done(&m);
}

static void test_the_cookie_decides(void **state)
{
	struct sockmap m = {};

	(void)state;
	put(&m, SK(1), 77, 5000, 0);
	put(&m, SK(2), 78, 0, 1);
	assert_int_equal(find(&m, SK(1), 78, 0), 1);
	assert_int_equal(find(&m, SK(1), 99, 0),
			 0); /* what the caller makes of it is its business */
	sockmap_done(&m);
}

static void test_what_a_source_learns_is_added(void **state)
{
	struct sockmap m = {};

	(void)state;
	put(&m, 0, 77, 5000, 4);
	put(&m, SK(9), 77, 5000, 4);
	assert_int_equal(find(&m, SK(9), 0, 0), 4);
	put(&m, SK(9), 0, 0, 5); /* what is there stays */
	assert_int_equal(find(&m, SK(9), 0, 0), 4);
	sockmap_done(&m);
}

static void test_what_is_dropped_leads_nowhere_and_may_come_again(void **state)
{
	const size_t to[] = { 0, SIZE_MAX, 1 };
	struct sockmap m = {};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		put(&m, SK(i), i + 1, 0, i);
	sockmap_renumber(&m, to);
	assert_int_equal(find(&m, SK(0), 0, 0), 0);
	assert_true(find(&m, SK(1), 2, 0) == SIZE_MAX);
	assert_int_equal(find(&m, SK(2), 0, 0), 1);
	put(&m, SK(1), 2, 0, 2);
	sockmap_renumber(&m, (size_t[]){ 0, 1, 5 });
	assert_int_equal(find(&m, 0, 2, 0), 5);
	assert_int_equal(m.nr, 6);
	sockmap_done(&m);
}

static void test_many(void **state)
{
	struct sockmap m = {};

	(void)state;
	for (size_t i = 0; i < 20000; i++)
		put(&m, SK(i), i + 1, i % 2 ? i + 100000 : 0, i);
	for (size_t i = 0; i < 20000; i++) {
		assert_int_equal(find(&m, SK(i), 0, 0), i);
		assert_int_equal(find(&m, 0, i + 1, 0), i);
		if (i % 2)
			assert_int_equal(find(&m, 0, 0, i + 100000), i);
	}
	sockmap_done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_part_leads_to_it),
		cmocka_unit_test(test_the_cookie_decides),
		cmocka_unit_test(test_what_a_source_learns_is_added),
		cmocka_unit_test(test_what_is_dropped_leads_nowhere_and_may_come_again),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests_name("sockmap", tests, NULL, NULL);
}
