// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NSEC_PER_SEC 1000000000ull

static uint64_t now(clockid_t id)
{
	struct timespec ts = { 0 };

	clock_gettime(id, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

uint64_t clock_monotonic_ns(void)
{
	return now(CLOCK_MONOTONIC);
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

int64_t clock_timens_offset_ns(void)
{
	static int64_t offset;
	static int known;
	char line[128];
	FILE *f;

	if (known)
		return offset;
	known = 1;
	/* Linux 5.6, 769071ac9f20; without the file there are no time namespaces. Its
	 * offsets are those of our children, which are our own unless we unshared. */
	f = fopen("/proc/self/timens_offsets", "re");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f)) {
		int64_t sec, nsec;

		if (sscanf(line, "boottime %" SCNd64 " %" SCNd64, &sec, &nsec) == 2)
			offset = sec * (int64_t)NSEC_PER_SEC + nsec;
	}
	fclose(f);
	return offset;
}

uint64_t clock_boot_ns(void)
{
	return now(CLOCK_BOOTTIME) - clock_timens_offset_ns();
}

int64_t clock_real_offset_ns(void)
{
	uint64_t before = clock_boot_ns();
	uint64_t real = now(CLOCK_REALTIME);
	uint64_t after = clock_boot_ns();

	return (int64_t)(real - (before + (after - before) / 2));
}
