// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/vec.h"

#include "unit.h"

static int by_value(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void test_grows(void **state)
{
	VEC(int) v = {};

	(void)state;
	for (int i = 0; i < 1000; i++) {
		int *new = VEC_ADD(&v);

		assert_non_null(new);
		assert_int_equal(*new, 0);
		*new = 999 - i;
	}
	assert_int_equal(v.nr, 1000);
	assert_true(v.cap >= v.nr);
	assert_int_equal(v.v[0], 999);
	VEC_SORT(&v, by_value);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(v.v[i], i);
	free(v.v);
}

/* An element that is taken back and added again is zeroed anew. */
static void test_zeroed_again(void **state)
{
	VEC(int) v = {};

	(void)state;
	*VEC_ADD(&v) = 7;
	v.nr = 0;
	assert_int_equal(*VEC_ADD(&v), 0);
	free(v.v);
}

static void test_sorting_nothing(void **state)
{
	VEC(int) v = {};

	(void)state;
	VEC_SORT(&v, by_value);
	assert_null(v.v);
}

/* AddressSanitizer ends the program where memory is refused, unless its options say otherwise. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

/* More than there can be: what is there stays. */
static void test_no_memory(void **state)
{
	void *array = NULL;
	size_t nr = 0, cap = 0;

	(void)state;
	assert_null(vec_grow(&array, &nr, &cap, SIZE_MAX / 2));
	assert_null(array);
	assert_int_equal(nr, 0);
	assert_int_equal(cap, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows),
		cmocka_unit_test(test_zeroed_again),
		cmocka_unit_test(test_sorting_nothing),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests_name("vec", tests, NULL, NULL);
}
