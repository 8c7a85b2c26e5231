/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pins: the directory in bpffs that a loaded tracker lives in, and the lock that keeps two
 * loads apart.
 *
 * Invariant: whoever changes anything below the directory holds the lock of exactly this
 * directory, not of one that was removed and made anew while waiting.
 */
#ifndef TRACK_PINS_H
#define TRACK_PINS_H

#include <stdbool.h>

/* Makes the directory if asked to (and mounts bpffs where it belongs), and locks it. The
 * lock goes with the fd. -ENOENT: there is none, and none is to be made. */
int pins_lock(const char *dir, bool create);

bool pins_empty(const char *dir);

/* Unpins everything: what makes it a tracker first, then links, so that hooks end before their
 * maps do. */
int pins_clear(const char *dir);
int pins_remove(const char *dir);

#endif
