/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sleep: the only way in which portwatch waits: for descriptors, and until a time at most. Times
 * are those of clock_boot_ns() and are never rounded, so no wake-up is early.
 */
#ifndef BASE_SLEEP_H
#define BASE_SLEEP_H

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#define SLEEP_FOREVER UINT64_MAX

/*
 * Sleep until a descriptor is ready or until_ns has come. mask: signals that are blocked
 * meanwhile; NULL: as now. Return how many descriptors are ready, 0 after the time or a signal, or
 * a negative errno; without a ready descriptor every revents is 0.
 */
int sleep_until(struct pollfd *fds, size_t nr, uint64_t until_ns, const sigset_t *mask);

/* Return the time of clock_boot_ns() in so many milliseconds; < 0: SLEEP_FOREVER. */
uint64_t sleep_in_ms(int ms);

#endif
