/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * share: a loaded tracker that the members of a group may ask.
 *
 * They may read the maps that answers come from, and nothing else: neither the question maps, nor
 * those of the readers of events, nor programs and links. So no member can disturb what others
 * are told. A reader without more rights than that runs the iterators in a copy of its own, over
 * the shared maps; for this it needs CAP_BPF and CAP_PERFMON.
 *
 * A process whose rights come from the file it executes acts for somebody who has none. It
 * only asks, and only a tracker that root has made: the iterators follow the kernel addresses
 * that they find in its maps.
 */
#ifndef TRACK_SHARE_H
#define TRACK_SHARE_H

#include <stdbool.h>
#include <sys/types.h>

#include "track/tracker.h"

/* Opens the pins in dir, which only root could read so far, to the group. */
int share_with(const char *dir, gid_t group);

/* Do our rights come from the program file? */
bool share_is_member(void);

/* 0; -EPERM: somebody else than root could have put something into this directory. */
int share_trusted(const char *dir);

#endif
