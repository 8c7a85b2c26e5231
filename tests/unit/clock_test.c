// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"

#include <time.h>

#include "unit.h"

static uint64_t read_clock(clockid_t id)
{
	struct timespec ts;

	assert_int_equal(clock_gettime(id, &ts), 0);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/* Both read between two readings of the system's own, less what a time namespace adds. */
static void test_clocks(void **state)
{
	int64_t offset = clock_timens_offset_ns();
	uint64_t before = read_clock(CLOCK_BOOTTIME), now = clock_boot_ns();

	(void)state;
	assert_true(before <= now + offset);
	assert_true(now + offset <= read_clock(CLOCK_BOOTTIME));
	if (offset)
		return;
	before = read_clock(CLOCK_MONOTONIC), now = clock_monotonic_ns();
	assert_true(before <= now && now <= read_clock(CLOCK_MONOTONIC));
}

/* The sum is the time of day, to a millisecond even on a busy machine. */
static void test_real_offset(void **state)
{
	uint64_t before, sum, after;

	(void)state;
	for (int i = 0; i < 20; i++) {
		before = read_clock(CLOCK_REALTIME);
		sum = clock_boot_ns() + clock_real_offset_ns();
		after = read_clock(CLOCK_REALTIME);
		if (after - before < NSEC_PER_MSEC)
			break;
	}
	assert_true(sum + NSEC_PER_MSEC > before);
	assert_true(sum < after + NSEC_PER_MSEC);
}

static void test_cpu_time_grows(void **state)
{
	uint64_t before = clock_cpu_ns(), end = clock_boot_ns() + 10 * NSEC_PER_SEC;

	(void)state;
	while (clock_cpu_ns() == before && clock_boot_ns() < end)
		;
	assert_true(clock_cpu_ns() > before);
}

/* The kernel ticks at least 100 times a second while something runs, and is never ahead of now. */
static void test_since_tick(void **state)
{
	uint64_t least = UINT64_MAX;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		uint64_t since = clock_since_tick_ns();

		least = since < least ? since : least;
	}
	assert_true(least <= 20 * NSEC_PER_MSEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_real_offset),
		cmocka_unit_test(test_cpu_time_grows),
		cmocka_unit_test(test_since_tick),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
