// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/hz.h"

#include <stddef.h>

#define TOLERANCE_MS 30000 /* far below the 300 s that tell the candidates apart */
#define LAG_MS 100	   /* between the readings of the two clocks */

unsigned int hz_detect(uint64_t jiffies64, uint64_t monotonic_ms)
{
	/* kernel/Kconfig.hz, and what architectures add */
	static const unsigned int candidates[] = { 250, 1000, 100,  300, 1200,
						   128, 256,  1024, 512, 48 };
	uint64_t smallest = TOLERANCE_MS, second = UINT64_MAX;
	unsigned int best = 0;

	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
		unsigned int hz = candidates[i];
		uint64_t since = jiffies64 - (uint32_t)(-300 * (int)hz);
		uint64_t ms = since / hz * 1000 + since % hz * 1000 / hz;
		uint64_t off = ms > monotonic_ms ? ms - monotonic_ms : monotonic_ms - ms;

		if (off < smallest) {
			second = smallest;
			smallest = off;
			best = hz;
		} else if (off < second) {
			second = off;
		}
	}
	/* Five minutes after the start all agree. */
	return second - smallest > LAG_MS ? best : 0;
}
