/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reader: one consumer of events. It owns a ring buffer, sits in a free seat of
 * the tracker's `readers` and gets every event its filter asks for, however many
 * other readers there are. When the process ends, however it ends, the seat stops
 * costing anything.
 */
#ifndef TRACK_READER_H
#define TRACK_READER_H

#include <stdbool.h>

#include "track/tracker.h"

struct reader;

struct reader_opts {
	const struct pw_filter *filter; /* NULL: everything */
	uint32_t ring_bytes;		/* 0: default, 8 MiB; a power of two and of pages */
	/* Trace no system calls. Where the tracker has no better hook, failed binds, accepted
	 * connections' processes and ports that the kernel chose are then not told. */
	bool no_calls;
};

/* 0; -EBUSY: all PW_MAX_READERS seats are taken; -EPERM. */
int reader_new(struct tracker *t, const struct reader_opts *opts, struct reader **ret);
struct reader *reader_free(struct reader *r);

/* Not all that its filter asks for can be told here: tracker_reason(), right after reader_new(),
 * says what and why. */
bool reader_is_deaf(const struct reader *r);

/* A child of ours, forked with everything, will free it: its seat is to outlive us. */
void reader_give_to(struct reader *r, int pid);

/* Readable when events wait; for poll or epoll. */
int reader_fd(const struct reader *r);

/* Hands every waiting event to fn (which returns 0 or a negative error to stop).
 * Returns how many, or the error. A loss since the last call comes first, as an
 * event PW_EV_LOST with its number in age_ns. */
int reader_drain(struct reader *r, int (*fn)(void *arg, const struct pw_event *ev), void *arg);

/* How long poll may sleep after a drain that returned n events, in ms: -1 means
 * until the next wake-up. */
int reader_timeout(const struct reader *r, int n);

/* Work that belongs to a reading process, about once a second: notices the end
 * of TIME-WAIT sockets where no hook tells. */
int reader_tick(struct reader *r);

/* Events received and lost since the start. */
void reader_totals(const struct reader *r, uint64_t *ret_received, uint64_t *ret_lost);

#endif
