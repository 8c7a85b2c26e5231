/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events: live events from the best source there is: a tracker, loaded or our own, else a way that
 * needs no BPF (live/live.h). The caller need not know which.
 */
#ifndef FLOW_EVENTS_H
#define FLOW_EVENTS_H

#include "live/live.h"
#include "track/reader.h"

struct events {
	struct tracker *tracker; /* not ours; NULL: there is none */
	struct reader *reader;	 /* one of the two */
	struct live *live;
};

/* A reader of this tracker's events. 0 or a negative errno for fail_tracker(). */
int events_from_tracker(struct tracker *t, const struct reader_opts *opts, struct events *ret);
/* Without a tracker. The errors are those of live_new(). */
int events_without_tracker(const struct live_opts *opts, struct events *ret);
void events_done(struct events *e);

/* "tracker", "tracefs", "polling". */
const char *events_name(const struct events *e);
/* Return one line about what is not seen; NULL: nothing is missing. */
const char *events_loss(const struct events *e);

int events_fd(const struct events *e);
/* How long poll() may sleep after a drain that returned n, in ms; -1: until the next wake-up. */
int events_timeout(const struct events *e, int n);
int events_drain(struct events *e, int (*fn)(void *arg, const struct pw_event *ev), void *arg);
/* About once a second. -ENODEV: the tracker is gone. */
int events_tick(struct events *e);

#endif
