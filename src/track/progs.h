/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * progs: the programs that read tables. Each is loaded when it is first needed and by itself, so
 * that the kernel's refusal of one program costs nothing else.
 */
#ifndef TRACK_PROGS_H
#define TRACK_PROGS_H

#include <stddef.h>

#include "track/pins.h"
#include "track/register.h"
#include "track/tracker.h"

/* Return the fd of a program: it is opened if it is pinned with a loaded tracker, else loaded here.
 * The fd is the tracker's. A negative errno stands: it is not tried again. */
int progs_get(struct tracker *t, enum prog_id id);

/* Whether progs_get() has it without loading it. */
bool progs_at_hand(const struct tracker *t, enum prog_id id);

/* Load those of the programs that are not loaded yet, over the tracker's maps: together if the
 * kernel takes them together, else one by one. A refusal is kept as the answer of progs_get(). */
void progs_load(struct tracker *t, const enum prog_id *ids, size_t nr);

/* Pin the programs that are loaded. */
int progs_pin(struct tracker *t, const struct pins *pins);

#endif
