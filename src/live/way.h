/* SPDX-License-Identifier: GPL-2.0-or-later */
/* way: one row of the table in live.c. */
#ifndef LIVE_WAY_H
#define LIVE_WAY_H

#include <stdbool.h>

#include "live/live.h"

struct live_way {
	const char *name;
	const char *loss;
	/* *ret is what the other functions get. */
	int (*start)(const struct live_opts *opts, void **ret);
	void (*stop)(void *way);
	int (*fd)(const void *way);
	int (*timeout)(const void *way);
	/* 0 or an error. */
	int (*drain)(void *way, live_event_fn fn, void *arg);
};

/* Does this filter let the event through? As the kernel side of the tracker does it, but for
 * processes and network namespaces: those that are not known are left to the reader. */
bool live_wants(const struct pw_filter *f, const struct pw_event *ev);

extern const struct live_way live_tracefs;
extern const struct live_way live_polling;

#endif
