/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source: where a command's answers come from: the pinned tracker if it is loaded,
 * else a tracker of the command's own for as long as the command runs.
 */
#ifndef FLOW_SOURCE_H
#define FLOW_SOURCE_H

#include "base/cleanup.h"
#include "model/filter.h"
#include "track/tracker.h"

DEFINE_CLEANUP(struct tracker *, tracker_free);

/* own: TRACKER_LIVE or TRACKER_SNAPSHOT. 0 or a negative errno for fail_tracker(). *ret_hidden, if
 * it is asked for: a tracker may be pinned that we may not look at. */
int source_open(const struct tracker_opts *opts, enum tracker_kind own, bool *ret_hidden,
		struct tracker **ret);

/* Processes are filtered by the numbers that the initial PID namespace gives them; in another one
 * people mean the numbers they see. To be called once, before the filter is used. */
int source_filter(struct tracker *t, struct filter *f);

#endif
