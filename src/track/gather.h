/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gather: an answer in the making. query.c fills it from the tracker's maps, kernel.c from the
 * kernel's own tables.
 */
#ifndef TRACK_GATHER_H
#define TRACK_GATHER_H

#include "track/query.h"
#include "track/sockmap.h"

struct gather {
	struct tracker *t;
	const struct query *q;
	struct answer *a;
	struct sockmap by_id;
};

/* Adds what a record of a socket says: the socket if it is new. 0 or -ENOMEM. */
int gather_socket(void *arg, const struct pw_rec *rec);

/* For a snapshot, and where the maps are not complete. */
int gather_kernel(struct gather *g);

#endif
