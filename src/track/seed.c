// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Seed the maps once the hooks are attached. Programs in the kernel put every socket that its
 * tables show into the maps, never over what a hook has written. Then entries of sockets that were
 * closed in between are swept out.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "base/log.h"
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

/* Some of what was there before is not in the maps: answers come from the kernel's own tables. */
static int degrade(struct tracker *t, int err)
{
	int fd = tracker_map(t, MAP_META);
	struct pw_meta *meta;

	log_warn("sockets that are older than the tracker cannot be taken over (%s): answers come "
		 "from the kernel's own tables",
		 strerror(-err));
	meta = fd < 0 ? MAP_FAILED :
			mmap(NULL, sizeof(*meta), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (meta == MAP_FAILED)
		return failed(-errno, "cannot map the tracker's state: %s", strerror(errno));
	__atomic_store_n(&meta->degraded, 1, __ATOMIC_RELAXED);
	munmap(meta, sizeof(*meta));
	return 0;
}

int tracker_seed(struct tracker *t)
{
	int err = fact_get(t, FACT_SEED_HOLDERS, 0, &all, NULL, NULL);

	if (!err)
		err = tour(t, 0, seed_netns, t);
	if (!err)
		err = sweep(t);
	if (err == -ENOMEM)
		return failed(err, "cannot read the sockets that exist already");
	return err ? degrade(t, err) : 0;
}
