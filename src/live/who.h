/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * who: which processes hold the sockets that a look has found, by one walk over /proc for all of
 * them. A walk costs much where processes have many descriptors: it is left out while the last ones
 * have used up their share of the processor.
 */
#ifndef LIVE_WHO_H
#define LIVE_WHO_H

#include <stdbool.h>

#include "base/hmap.h"
#include "portwatch.h"
#include "tables/inode_set.h"

struct who {
	struct hmap found;
	uint64_t last_ns;
	int64_t credit_ns; /* processor time that walks may take at once */
};

void who_init(struct who *w);
void who_done(struct who *w);

/* Looks for the holders of these sockets, and forgets those of the last time. What cannot be had is
 * left unknown. */
void who_look(struct who *w, const struct inode_set *wanted);

/* The first process that was found with this socket; false: none. */
bool who_find(const struct who *w, uint64_t inode, struct pw_actor *ret);

#endif
