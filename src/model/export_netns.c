// SPDX-License-Identifier: GPL-2.0-or-later
/* Metrics of network namespaces: each has a limit of TIME-WAIT of its own, and a counter of those
 * it had no room for. */
#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "model/export_counts.h"

static const struct metric_family current_family = {
	.name = "portwatch_netns_timewait_sockets",
	.help = "Sockets in TIME-WAIT now, by network namespace; those with the most.",
};

static const struct metric_family limit_family = {
	.name = "portwatch_netns_timewait_limit",
	.help = "net.ipv4.tcp_max_tw_buckets of the network namespace.",
};

static const struct metric_family overflows_family = {
	.name = "portwatch_netns_timewait_overflows",
	.help = "Connections that ended without TIME-WAIT for want of room (TCPTimeWaitOverflow), "
		"since the network namespace was made.",
	.counter = true,
};

static const struct metric_family info_family = {
	.name = "portwatch_netns_info",
	.help = "1, with the name that a network namespace has in /run/netns.",
};

static int fullest_first(const void *a, const void *b)
{
	const struct churn_netns *x = *(const struct churn_netns *const *)a;
	const struct churn_netns *y = *(const struct churn_netns *const *)b;

	if (x->current != y->current)
		return x->current < y->current ? 1 : -1;
	return (x->inode > y->inode) - (x->inode < y->inode);
}

static void add_names(const struct churn *c, const struct churn_netns *const *v, size_t nr,
		      const struct export_limits *limits, struct metrics *m)
{
	if (limits->nameless || !c->netns_name)
		return;
	metrics_family(m, &info_family);
	for (size_t i = 0; i < nr; i++) {
		const char *name = c->netns_name(v[i]->inode);

		if (!name)
			continue;
		export_netns_label(m, limits, v[i]->inode);
		metrics_label(m, "name", name);
		metrics_u64(m, 1);
	}
}

int export_netns(const struct churn *c, struct export_limits *limits, struct metrics *m)
{
	_cleanup_free_ const struct churn_netns **v =
		calloc(c->nr_netns + 1, sizeof(struct churn_netns *));
	size_t nr;

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < c->nr_netns; i++)
		v[i] = &c->netns[i];
	qsort(v, c->nr_netns, sizeof(*v), fullest_first);
	nr = export_limit(limits, "netns", c->nr_netns, limits->top);
	metrics_family(m, &current_family);
	for (size_t i = 0; i < nr; i++) {
		export_netns_label(m, limits, v[i]->inode);
		metrics_u64(m, v[i]->current);
	}
	metrics_family(m, &limit_family);
	for (size_t i = 0; i < nr; i++) {
		if (!v[i]->max)
			continue; /* not known */
		export_netns_label(m, limits, v[i]->inode);
		metrics_u64(m, v[i]->max);
	}
	metrics_family(m, &overflows_family);
	for (size_t i = 0; i < nr; i++) {
		export_netns_label(m, limits, v[i]->inode);
		metrics_u64(m, v[i]->overflowed);
	}
	add_names(c, v, nr, limits, m);
	return metrics_error(m);
}
