/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tracebuf: what the kernel has traced, read from the buffers of all CPUs and told in the order of
 * time. It owns the trace instance.
 */
#ifndef LIVE_TRACEBUF_H
#define LIVE_TRACEBUF_H

#include "base/vec.h"
#include "live/format.h"
#include "live/instance.h"
#include "live/page.h"
#include "live/trace.h"

struct tracebuf {
	struct instance instance;
	struct page_layout layout;
	struct trace_format *formats;
	size_t nr_formats;
	VEC(struct trace) records; /* read, and not told yet */
	uint64_t read;		   /* records so far */
	uint64_t lost;		   /* records; for the caller to take */
};

/* Make the instance and begin to trace. 0 or a negative errno; tracebuf_close() in either case. */
int tracebuf_open(struct tracebuf *b);
void tracebuf_close(struct tracebuf *b);

/* Read what has been traced up to now, or up to an earlier time if that is very much. *ret_until is
 * that time, on CLOCK_BOOTTIME. */
int tracebuf_read(struct tracebuf *b, uint64_t *ret_until);

/* Tell what was read up to that time, in the order of time. A record of a later time may have an
 * earlier one before it, on a CPU that was read already. fn's error ends it. */
int tracebuf_tell(struct tracebuf *b, uint64_t until, int (*fn)(void *arg, const struct trace *t),
		  void *arg);

#endif
