/* SPDX-License-Identifier: GPL-2.0-or-later */
/* export_health: metrics of the tracker itself: how full, what was lost, what it costs. */
#ifndef FLOW_EXPORT_HEALTH_H
#define FLOW_EXPORT_HEALTH_H

#include "model/export_sockets.h"
#include "track/status.h"

void export_build(struct metrics *m);
/* Not called if it could not be found out. */
void export_loaded(struct metrics *m, bool loaded);
void export_health(const struct tracker_status *st, bool degraded,
		   const struct export_limits *limits, struct metrics *m);
void export_duration(double seconds, struct metrics *m);

#endif
