/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recover: a tracker that had to refuse sockets knows all of them again once its map has room.
 *
 * Until everything is in the maps answers go on coming from the kernel's own tables; and if a
 * socket is refused meanwhile, the tracker stays degraded.
 */
#ifndef TRACK_RECOVER_H
#define TRACK_RECOVER_H

#include "track/tracker.h"

/* If the tracker is degraded, its map has room again, and we may: fills the maps. */
void recover(struct tracker *t);

/* Whether there is room or not. 0 or a negative errno. */
int recover_now(struct tracker *t);

#endif
