/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * share: a loaded tracker that the members of a group may ask.
 *
 * They do not open its maps themselves: whoever has a map read-only can pin it somewhere else and
 * open it for writing. The maps that answers come from belong to a group that has no members, and
 * the program file is setgid to it; the pin directory can be passed by the members only. So
 * nothing but our own program opens a map for a member, and that only to read. Neither the
 * question maps nor those of the readers of events are among them, nor programs and links. A
 * reader without more rights than that runs the programs that read tables in copies of its own;
 * for this it needs CAP_BPF and CAP_PERFMON.
 *
 * A process whose rights come from the file it executes acts for somebody who has none. It only
 * asks, and only a tracker that root has made.
 */
#ifndef TRACK_SHARE_H
#define TRACK_SHARE_H

#include <sys/types.h>

#include "track/pins.h"

/* 0; -EINVAL: our program file is not set up so that members of this group could ask. */
int share_possible(gid_t members);

/* Opens the pins, which only root could read so far, to the members. */
int share_with(const struct pins *pins, gid_t members);

#endif
