// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/hz.h"

#include "unit.h"

/* jiffies_64 begins five minutes before it wraps around 32 bits (INITIAL_JIFFIES). */
static uint64_t jiffies_after(unsigned int hz, uint64_t ms)
{
	return (uint32_t)(-300 * (int)hz) + ms / 1000 * hz + ms % 1000 * hz / 1000;
}

/* For each HZ that a kernel can have, from the first second to ten years later. The second clock is
 * read a moment later. */
static void test_every_kernel(void **state)
{
	static const unsigned int all[] = { 48, 100, 128, 250, 256, 300, 512, 1000, 1024, 1200 };
	static const uint64_t ages_ms[] = { 1000, 280000, 320000, 86400000, 315360000000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		for (size_t n = 0; n < ARRAY_SIZE(ages_ms); n++) {
			uint64_t jiffies = jiffies_after(all[i], ages_ms[n]);

			assert_int_equal(hz_detect(jiffies, ages_ms[n]), all[i]);
			assert_int_equal(hz_detect(jiffies, ages_ms[n] + 50), all[i]);
		}
}

/* Rather none than a wrong one. */
static void test_unknown(void **state)
{
	(void)state;
	assert_int_equal(hz_detect(0, 1000), 0);
	assert_int_equal(hz_detect(jiffies_after(250, 1000000), 4000000), 0);
	/* Then every candidate has counted 300 s. */
	assert_int_equal(hz_detect(jiffies_after(1000, 300000), 300000), 0);
	assert_int_equal(hz_detect(jiffies_after(250, 300050), 300060), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kernel),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests_name("hz", tests, NULL, NULL);
}
