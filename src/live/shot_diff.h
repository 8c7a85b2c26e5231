/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shot_diff: what happened between two shots, as events. A socket that was not there was bound,
 * listens, or is a connection: accepted if somebody listens on its port, else connected. One that
 * is gone, or that no process has any more, was closed. TIME-WAIT began and ended.
 *
 * All of it is PW_EF_ESTIMATED: the time is that of the later look, and states in between are not
 * seen. Pure but for the question who holds a socket.
 */
#ifndef LIVE_SHOT_DIFF_H
#define LIVE_SHOT_DIFF_H

#include "live/live.h"
#include "live/shot.h"

struct shot_diff {
	struct shot *before, *after;
	uint64_t time_ns; /* of the later look */
	/* Name the holder of a socket; false: not known. Asked once for each. NULL: nobody can
	 * tell. */
	bool (*holder)(void *arg, const struct shot_row *row, struct pw_actor *ret);
	void *holder_arg;
	live_event_fn emit;
	void *emit_arg;
};

/* Tells what ended, then what began or changed. 0, or the first error of emit. */
int shot_diff(const struct shot_diff *d);

/* The sockets whose holders shot_diff() will ask for. With an empty `before` those that are bound
 * or listen: connections may be many. fn's error ends it. */
int shot_diff_each_wanted(const struct shot_diff *d,
			  int (*fn)(void *arg, const struct shot_row *row), void *arg);

/* The first shot: finds out who holds what is bound or listens, for its end to be told with it. */
void shot_diff_begin(const struct shot_diff *d);

#endif
