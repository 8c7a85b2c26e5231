// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"

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

struct offsets {
	int64_t monotonic, boottime; /* ns */
};

/* By how much this process's time namespace sets a clock forward: Linux 5.6, 769071ac9f20. Its file
 * has the offsets of our children, which are our own unless we unshared. */
static struct offsets read_offsets(void)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/timens_offsets", "re");
	struct offsets o = { 0 };
	int64_t sec, nsec;
	char clock[16];

	while (f && fscanf(f, "%15s %" SCNd64 " %" SCNd64, clock, &sec, &nsec) == 3) {
		int64_t ns = sec * (int64_t)NSEC_PER_SEC + nsec;

		if (!strcmp(clock, "monotonic"))
			o.monotonic = ns;
		else if (!strcmp(clock, "boottime"))
			o.boottime = ns;
	}
	return o;
}

static const struct offsets *offsets(void)
{
	static struct offsets o;
	static bool known;

	if (!known)
		o = read_offsets();
	known = true;
	return &o;
}

int64_t clock_timens_offset_ns(void)
{
	return offsets()->boottime;
}

uint64_t clock_boot_ns(void)
{
	return now(CLOCK_BOOTTIME) - offsets()->boottime;
}

uint64_t clock_monotonic_ns(void)
{
	return now(CLOCK_MONOTONIC) - offsets()->monotonic;
}

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
