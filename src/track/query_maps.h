/* SPDX-License-Identifier: GPL-2.0-or-later */
/* query_maps: an answer from the tracker's maps, the holders from the kernel. */
#ifndef TRACK_QUERY_MAPS_H
#define TRACK_QUERY_MAPS_H

#include "track/gather.h"

/* Fill the answer. The maps must be complete. 0 or a negative errno. */
int query_maps(struct gather *g);

#endif
