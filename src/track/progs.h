/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * progs: the programs that read tables, loaded when they are first needed and each alone, so that
 * the kernel's refusal of one costs nothing but that one.
 *
 * tracker_prog() is the way to them: it opens those that are pinned with a loaded tracker and has
 * the others loaded here.
 */
#ifndef TRACK_PROGS_H
#define TRACK_PROGS_H

#include <stddef.h>

#include "track/pins.h"
#include "track/register.h"
#include "track/tracker.h"

/* Loads what is not loaded yet, over the tracker's maps; the fds are the tracker's. Together, if
 * the kernel takes them together, else one by one. What is refused is noted as tracker_prog()'s
 * answer. */
void progs_load(struct tracker *t, const enum prog_id *ids, size_t nr);

/* Pins those that are loaded. */
int progs_pin(struct tracker *t, const struct pins *pins);

#endif
