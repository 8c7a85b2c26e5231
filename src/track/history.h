/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * history: who had a port before, and how they went, as a tracker that was there remembers it
 * (bpf/history.h). What it never saw, or has had to forget, is not in it.
 */
#ifndef TRACK_HISTORY_H
#define TRACK_HISTORY_H

#include "model/answer.h"
#include "track/tracker.h"

/* Adds the former owners of a port in one network namespace. Nothing from a snapshot. 0 or a
 * negative errno. */
int history_read(struct tracker *t, uint8_t proto, uint16_t port, uint32_t netns, struct answer *a);

#endif
