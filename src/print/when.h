/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * when: times of the tracker (nanoseconds of CLOCK_BOOTTIME) as people and scripts
 * read them. The offset to real time comes from the caller, so that a replay prints
 * what the recording printed. The text of the current second is cached: one event
 * costs six digits.
 *
 * Times before 1970 or after 2262 are clamped.
 */
#ifndef PRINT_WHEN_H
#define PRINT_WHEN_H

#include <stddef.h>
#include <stdint.h>

#define WHEN_RFC3339_LEN 28 /* "2026-01-01T12:00:00.000000Z" and NUL */
#define WHEN_LOCAL_LEN 16   /* "12:00:00.000000" and NUL */
#define WHEN_AGO_LEN 28

struct when {
	int64_t boot_to_real;		  /* CLOCK_REALTIME - CLOCK_BOOTTIME, ns */
	int64_t utc_second, local_second; /* of the cached texts */
	char utc[20], local[9];
};

void when_init(struct when *w, int64_t boot_to_real);

/* The time of day may have been set meanwhile. Less than a millisecond is how exactly it is
 * measured. */
void when_set(struct when *w, int64_t boot_to_real);

/* "2026-01-01T12:00:00.000000Z"; returns the length. */
size_t when_rfc3339(struct when *w, uint64_t boot_ns, char buf[WHEN_RFC3339_LEN]);

/* "12:00:00.000000", local time of day. */
size_t when_local(struct when *w, uint64_t boot_ns, char buf[WHEN_LOCAL_LEN]);

/* A span in two words: "12 ms", "3.2 s", "5.0 min", "26 h", "12 d". */
size_t when_span(uint64_t ns, char buf[WHEN_AGO_LEN]);

#endif
