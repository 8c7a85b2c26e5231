// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"

#define NSEC_PER_SEC 1000000000ull
#define CLOSE_NS 10000

static uint64_t now(clockid_t id)
{
	struct timespec ts = { 0 };

	clock_gettime(id, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

uint64_t clock_cpu_ns(void)
{
	return now(CLOCK_PROCESS_CPUTIME_ID);
}

uint64_t clock_since_tick_ns(void)
{
	uint64_t tick = now(CLOCK_MONOTONIC_COARSE); /* set by the tick */

	return now(CLOCK_MONOTONIC) - tick;
}

/* By how much this process's time namespace sets a clock forward: Linux 5.6, 769071ac9f20. Its file
 * has the offsets of our children, which are our own unless we unshared. */
static int64_t read_offset(const char *clock)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/timens_offsets", "re");
	size_t len = strlen(clock);
	int64_t sec, nsec;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, clock, len) &&
		    sscanf(line + len, " %" SCNd64 " %" SCNd64, &sec, &nsec) == 2)
			return sec * (int64_t)NSEC_PER_SEC + nsec;
	return 0;
}

int64_t clock_timens_offset_ns(void)
{
	static int64_t offset;
	static bool known;

	if (!known)
		offset = read_offset("boottime ");
	known = true;
	return offset;
}

uint64_t clock_boot_ns(void)
{
	return now(CLOCK_BOOTTIME) - clock_timens_offset_ns();
}

uint64_t clock_monotonic_ns(void)
{
	static int64_t offset;
	static bool known;

	if (!known)
		offset = read_offset("monotonic ");
	known = true;
	return now(CLOCK_MONOTONIC) - offset;
}

/* Somebody else's turn between the readings makes them useless: the closest ones count. */
int64_t clock_real_offset_ns(void)
{
	uint64_t best = UINT64_MAX, before, real, after;
	int64_t offset = 0;

	for (int i = 0; i < 10 && best > CLOSE_NS; i++) {
		before = clock_boot_ns();
		real = now(CLOCK_REALTIME);
		after = clock_boot_ns();
		if (after - before < best) {
			best = after - before;
			offset = (int64_t)(real - (before + best / 2));
		}
	}
	return offset;
}
