/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ways: the functions of the rows in facts.c. Each hands its records to fn and returns 0, what fn
 * returned, or the negative errno by which the kernel refuses it.
 */
#ifndef TRACK_WAYS_H
#define TRACK_WAYS_H

#include "tables/question.h"
#include "track/tracker.h"

#define WAY(name) int way_##name(struct tracker *t, const struct question *q, rec_fn fn, void *arg)

WAY(holders_walk);
WAY(holders_one);
WAY(holders_iter);
WAY(tasks_walk);
WAY(tasks_iter);
WAY(sockets_iter);
WAY(entries_each);
WAY(entries_iter);
WAY(churn_iter);
WAY(mark_iter);
WAY(sweep_each);
WAY(sweep_iter);
WAY(seed_iter);
WAY(seed_walk);
WAY(seed_sockets);
WAY(holders_proc);
WAY(tasks_proc);
WAY(sockets_diag);
WAY(sockets_proc);
WAY(churn_diag);
WAY(churn_proc);

#undef WAY

#endif
