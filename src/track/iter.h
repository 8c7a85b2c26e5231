/* SPDX-License-Identifier: GPL-2.0-or-later */
/* iter: runs a program of the tracker's as an iterator and hands over the records it writes. */
#ifndef TRACK_ITER_H
#define TRACK_ITER_H

#include <stddef.h>

#include "tables/question.h"
#include "track/register.h"
#include "track/tracker.h"

/* Takes one record of the size asked for. 0, or a negative errno that ends the reading. */
typedef int (*iter_fn)(void *arg, const void *rec);

/*
 * In the current network namespace. q: NULL for a program that asks no question; with q->pid
 * only that process is visited (6.1+, else -EOPNOTSUPP). fn may be NULL. 0, what fn returned, or
 * the kernel's refusal.
 */
int iter_run(struct tracker *t, enum prog_id prog, const struct question *q, size_t size,
	     iter_fn fn, void *arg);

/* Over a map of the tracker's. */
int iter_run_map(struct tracker *t, enum prog_id prog, enum map_id map, const struct question *q,
		 size_t size, iter_fn fn, void *arg);

#endif
