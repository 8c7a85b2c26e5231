/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session: what a reader attaches for itself, where the tracker has no better hook: system
 * call tracepoints (bpf/session/). They go with the reader, however it ends.
 */
#ifndef TRACK_SESSION_H
#define TRACK_SESSION_H

#include "track/tracker.h"

struct session;

/* *ret is NULL when nothing is needed. An error means a degradation: readers are told no less of
 * everything else. */
int session_new(struct tracker *t, uint32_t seat, const struct pw_filter *filter,
		struct session **ret);
struct session *session_free(struct session *s);

#endif
