// SPDX-License-Identifier: GPL-2.0-or-later
/* Metrics of the queues of TCP listeners: what waits for accept(), and what there was no room for.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "model/export_sockets.h"

static const struct metric_family waiting_family = {
	.name = "portwatch_listener_queue_connections",
	.help = "Connections that wait for accept() at the listeners of an address and port; the "
		"fullest queues.",
};

static const struct metric_family limit_family = {
	.name = "portwatch_listener_queue_limit",
	.help = "So many may wait there: the backlog of listen(), at most net.core.somaxconn.",
};

static const struct metric_family drops_family = {
	.name = "portwatch_listener_drops",
	.help = "Attempts to connect that the listeners there have turned away since they were "
		"made, most for want of room in the queue.",
	.counter = true,
};

struct queue_key {
	struct pw_addr addr;
	uint32_t netns;
	uint16_t port;
	uint8_t family;
	uint8_t pad;
};

struct queue_row {
	struct queue_key key;
	uint64_t waiting, limit, drops;
};

static int add(struct hmap *rows, const struct socket *s)
{
	struct queue_key key = {
		.addr = s->s.laddr,
		.netns = s->s.netns,
		.port = s->s.lport,
		.family = s->s.family,
	};
	struct queue_row *row = hmap_put(rows, &key);

	if (!row)
		return -ENOMEM;
	row->waiting += s->waiting;
	row->limit += s->s.backlog;
	row->drops += s->drops;
	return 0;
}

static int fullest_first(const void *a, const void *b)
{
	const struct queue_row *x = *(struct queue_row *const *)a;
	const struct queue_row *y = *(struct queue_row *const *)b;

	if (x->waiting != y->waiting)
		return x->waiting < y->waiting ? 1 : -1;
	if (x->drops != y->drops)
		return x->drops < y->drops ? 1 : -1;
	return memcmp(&x->key, &y->key, sizeof(x->key));
}

static void add_place(struct metrics *m, const struct export_limits *limits,
		      const struct queue_key *key)
{
	char addr[ADDR_LEN];

	addr_format(key->family, &key->addr, addr);
	metrics_label(m, "addr", addr);
	metrics_label_u64(m, "port", key->port);
	export_netns_label(m, limits, key->netns);
}

static void add_family(struct metrics *m, const struct export_limits *limits,
		       const struct metric_family *family, struct queue_row *const *v, size_t nr,
		       size_t member)
{
	metrics_family(m, family);
	for (size_t i = 0; i < nr; i++) {
		add_place(m, limits, &v[i]->key);
		metrics_u64(m, *(const uint64_t *)((const char *)v[i] + member));
	}
}

int export_queues(const struct answer *a, struct export_limits *limits, struct metrics *m)
{
	_cleanup_(hmap_done) struct hmap rows = HMAP(struct queue_row, key);
	_cleanup_free_ struct queue_row **v = NULL;
	size_t nr;

	for (size_t i = 0; i < a->nr_sockets; i++) {
		const struct socket *s = &a->sockets[i];

		/* Not every source tells of the queue. */
		if (s->s.proto == PW_TCP && s->s.state == PW_LISTEN && s->has_drops &&
		    add(&rows, s))
			return -ENOMEM;
	}
	v = calloc(rows.nr + 1, sizeof(struct queue_row *));
	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < rows.nr; i++)
		v[i] = hmap_row(&rows, i);
	qsort(v, rows.nr, sizeof(*v), fullest_first);
	nr = export_limit(limits, "queues", rows.nr, limits->top);
	add_family(m, limits, &waiting_family, v, nr, offsetof(struct queue_row, waiting));
	add_family(m, limits, &limit_family, v, nr, offsetof(struct queue_row, limit));
	add_family(m, limits, &drops_family, v, nr, offsetof(struct queue_row, drops));
	return metrics_error(m);
}
