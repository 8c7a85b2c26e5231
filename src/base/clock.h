/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clock: the clock that the kernel side writes into maps and events
 * (CLOCK_BOOTTIME of the initial time namespace), and how it stands to the time
 * of day.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define NSEC_PER_SEC 1000000000ull
#define NSEC_PER_MSEC 1000000ull

/* Nanoseconds since boot. */
uint64_t clock_boot_ns(void);

/* Without the time asleep: what jiffies count. Of the initial time namespace, too. */
uint64_t clock_monotonic_ns(void);

/* CPU time that this process has used so far, in ns. */
uint64_t clock_cpu_ns(void);

/* How long ago the kernel's last timer tick was. */
uint64_t clock_since_tick_ns(void);

/* Add this to a time since boot to get nanoseconds since 1970. It changes when the
 * time of day is set, so ask anew from time to time. */
int64_t clock_real_offset_ns(void);

/* By how much this process's time namespace sets CLOCK_BOOTTIME forward. */
int64_t clock_timens_offset_ns(void);

#endif
