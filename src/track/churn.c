// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/churn.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "track/internal.h"

/* More than a bucket of the map ever holds. */
#define BATCH 1024

int churn_counts(struct tracker *t,
		 int (*fn)(void *arg, const struct pw_churn_key *key, const struct pw_churn *count),
		 void *arg)
{
	_cleanup_free_ struct pw_churn_key *keys = calloc(BATCH, sizeof(*keys));
	_cleanup_free_ struct pw_churn *counts = calloc(BATCH, sizeof(*counts));
	int fd = tracker_map(t, MAP_CHURN), err = 0;
	__u32 place, *in = NULL, n;

	if (!keys || !counts)
		return -ENOMEM;
	if (fd < 0 || t->kind == TRACKER_SNAPSHOT)
		return fd < 0 ? fd : 0;
	while (!err) {
		n = BATCH;
		err = bpf_map_lookup_batch(fd, in, &place, keys, counts, &n, NULL) ? -errno : 0;
		if (err && err != -ENOENT) /* which means: these are the last */
			return why(err, "cannot read the map churn: %s", strerror(-err));
		in = &place;
		for (__u32 i = 0; i < n; i++) {
			int r = fn(arg, &keys[i], &counts[i]);

			if (r)
				return r;
		}
	}
	return 0;
}

int churn_process(struct tracker *t, const struct pw_churn_rec *rec, struct pw_actor *ret)
{
	int fd = tracker_map(t, MAP_TIMEWAIT);
	struct pw_tw tw;

	if (fd < 0)
		return fd;
	if (bpf_map_lookup_elem(fd, &rec->pair, &tw) || tw.actor.tgid != rec->tgid)
		return -ENOENT;
	*ret = tw.actor;
	return 0;
}
