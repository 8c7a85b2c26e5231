// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/siphash.h"

#include "unit.h"

/* The paper's test vector for eight bytes (appendix A, and vectors_sip64 of its reference code). */
static void test_vector(void **state)
{
	const uint64_t key[2] = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };

	(void)state;
	assert_true(siphash_u64(key, 0x0706050403020100) == 0x93f5f5799a932462);
}

static void test_key_and_value_matter(void **state)
{
	const uint64_t key[2] = { 1, 2 }, other[2] = { 1, 3 };

	(void)state;
	assert_true(siphash_u64(key, 5) == siphash_u64(key, 5));
	assert_true(siphash_u64(key, 5) != siphash_u64(key, 6));
	assert_true(siphash_u64(key, 5) != siphash_u64(other, 5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vector),
		cmocka_unit_test(test_key_and_value_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
