/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * byhand: runs a program of the tracker's by hand (BPF_PROG_TEST_RUN). The question is its
 * context; its answer is a number, or records in the reader's part of the map `records`.
 */
#ifndef TRACK_BYHAND_H
#define TRACK_BYHAND_H

#include "tables/question.h"
#include "track/register.h"
#include "track/tracker.h"

/* args: `nr` (at most 12) numbers. What the program returns, or a negative errno. */
int byhand_run(struct tracker *t, enum prog_id prog, const uint64_t *args, size_t nr);

/*
 * Hands each record that the program writes to fn. flags: PW_Q_TASKS or 0. 0, what fn returned,
 * or the kernel's refusal; -EBUSY: other readers use all parts of `records`.
 */
int byhand_records(struct tracker *t, enum prog_id prog, const struct question *q, uint8_t flags,
		   rec_fn fn, void *arg);

#endif
