/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export_collect: all metrics of one moment, gathered from the tracker or, without one, from a
 * snapshot. struct exporter keeps what must outlive a look: the look before, from which
 * forecasts follow.
 */
#ifndef FLOW_EXPORT_COLLECT_H
#define FLOW_EXPORT_COLLECT_H

#include "model/churn.h"
#include "model/metrics.h"
#include "track/session.h"
#include "track/tracker.h"

struct exporter {
	struct tracker_opts tracker;
	uint32_t top, listeners;
	bool own_netns;	    /* only this network namespace */
	bool nameless;	    /* see struct export_limits */
	bool bind_failures; /* trace system calls for them where no hook tells */
	struct churn churn;
	uint64_t loaded_ns; /* of the tracker that the rest is about; 0: none */
	struct tracker *traced;
	struct session *session;
	struct metrics metrics;
};

void exporter_init(struct exporter *e);
void exporter_done(struct exporter *e);

/* Fills e->metrics. 0 or a negative errno for fail_tracker(). */
int exporter_collect(struct exporter *e);

#endif
