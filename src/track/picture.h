/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * picture: takes down what the maps say and what the kernel's tables say, in this order: first
 * the kernel, in every network namespace, then the maps. And mends what was found wrong.
 */
#ifndef TRACK_PICTURE_H
#define TRACK_PICTURE_H

#include "model/audit.h"
#include "track/tracker.h"

/* 0 or a negative errno; tracker_reason() says why. What the kernel refuses to show is noted in the
 * picture, as long as the maps can be read. */
int picture_take(struct tracker *t, struct picture *ret);

/* Tries to put each of these right; what becomes of it shows in another picture. */
int picture_mend(struct tracker *t, const struct faults *faults);

#endif
