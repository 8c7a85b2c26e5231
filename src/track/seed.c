// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What was there before the hooks: once they are attached, every socket that the kernel's
 * tables show is put into the maps by programs in the kernel, never over what a hook has
 * written; then what was closed in between is swept out.
 */
#include <errno.h>

#include "base/cleanup.h"
#include "track/internal.h"
#include "track/tour.h"

static const struct question all;

static int seed_netns(void *arg, uint32_t netns)
{
	(void)netns;
	return fact_get(arg, FACT_SEED_SOCKETS, 0, &all, NULL, NULL);
}

static int sweep(struct tracker *t)
{
	const struct question q = { .sweep = true };

	return fact_get(t, FACT_ENTRIES, 0, &q, NULL, NULL);
}

int tracker_seed(struct tracker *t)
{
	int err = fact_get(t, FACT_SEED_HOLDERS, 0, &all, NULL, NULL);

	if (!err)
		err = tour(t, 0, seed_netns, t);
	if (!err)
		err = sweep(t);
	return err ? why(err, "cannot read the sockets that exist already") : 0;
}
