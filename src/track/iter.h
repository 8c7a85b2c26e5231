/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iter: runs one of the tracker's iterator programs and hands over the records it writes.
 * Also knows the network namespaces: iter/tcp and iter/udp see only the one they are
 * opened in, so each is entered in turn.
 */
#ifndef TRACK_ITER_H
#define TRACK_ITER_H

#include <stddef.h>
#include <stdint.h>

#include "track/tracker.h"

enum iter_prog {
	ITER_WALK_FILES,
	ITER_WALK_TASKS,
	ITER_DUMP_TCP,
	ITER_DUMP_UDP,
	ITER_DUMP_SOCKETS,
	ITER_SWEEP_TIMEWAIT,
	ITER_DUMP_CHURN, /* see iter_run_churn() */
	ITER_HOLDS_PORT, /* no iterator: see query_holds_port() */
	ITER_MEND,	 /* nor this: see mend.h */
	ITER_MAX
};

typedef int (*iter_fn)(void *arg, const struct pw_rec *rec);
typedef int (*iter_churn_fn)(void *arg, const struct pw_churn_rec *rec);

/* Says what the iterators are to look for, until query_end(). ports: [1024] or NULL. */
int iter_query(struct tracker *t, uint32_t flags, uint8_t proto, const uint64_t *ports);
void iter_query_end(struct tracker *t);

/* Runs one in the current network namespace. pid: only this process (our PID namespace's
 * number; 6.1+, else -EOPNOTSUPP); 0: all. fn may be NULL. */
int iter_run(struct tracker *t, enum iter_prog prog, uint32_t pid, iter_fn fn, void *arg);

/* What occupies ports in the current network namespace, listeners first. */
int iter_run_churn(struct tracker *t, iter_churn_fn fn, void *arg);

/* Calls fn in our network namespace and in every other that a process lives in or that has a
 * name; or only in the one with that inode number, if netns is not 0. fn's error ends it. */
int iter_each_netns(struct tracker *t, uint32_t netns, int (*fn)(void *arg, uint32_t netns),
		    void *arg);

/* Runs them in every network namespace that a process lives in or that has a name. */
int iter_run_everywhere(struct tracker *t, const enum iter_prog *progs, size_t nr, iter_fn fn,
			void *arg);

/* The same in one of them, by its inode number; 0: everywhere. */
int iter_run_netns(struct tracker *t, uint32_t netns, const enum iter_prog *progs, size_t nr,
		   iter_fn fn, void *arg);

#endif
