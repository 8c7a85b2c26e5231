/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hz: jiffies to milliseconds, where the kernel does not say what HZ is. Pure. */
#ifndef TRACK_HZ_H
#define TRACK_HZ_H

#include <stdint.h>

/*
 * jiffies64 starts at the 32-bit value of -300 * HZ (INITIAL_JIFFIES, include/linux/
 * jiffies.h) when CLOCK_MONOTONIC starts at 0; of the values HZ can have only the right one
 * agrees with both clocks. monotonic_ms is read within 100 ms of jiffies64. Return HZ, 0
 * if none agrees, or more than one: some seconds around 300 s after the start all are right.
 */
unsigned int hz_detect(uint64_t jiffies64, uint64_t monotonic_ms);

#endif
