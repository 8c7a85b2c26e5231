// SPDX-License-Identifier: GPL-2.0-or-later
/* Metrics of connections that one side has closed and the other has not: what a leak is made of. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/export_sockets.h"
#include "model/names.h"

static const struct metric_family half_family = {
	.name = "portwatch_half_closed_sockets",
	.help = "Connections that the peer alone has closed (CLOSE_WAIT) or our process alone "
		"(FIN_WAIT2), by local port and name of the process that has them; the most.",
};

struct half_key {
	char comm[PW_COMM_LEN];
	uint32_t netns;
	uint16_t port; /* 0: ephemeral */
	uint8_t state;
	uint8_t pad;
};

struct half {
	struct half_key key;
	uint64_t nr;
};

static int add(struct hmap *rows, const struct export_sockets *s, const struct answer *a,
	       const struct socket *sock, bool nameless)
{
	struct half_key key = {
		.netns = sock->s.netns,
		.port = export_port_of(s, sock),
		.state = sock->s.state,
	};
	struct half *row;

	if (sock->nr_holders && !nameless)
		memccpy(key.comm, a->processes[sock->holders[0].process].id.comm, 0,
			sizeof(key.comm));
	row = hmap_put(rows, &key);
	if (!row)
		return -ENOMEM;
	row->nr++;
	return 0;
}

static int most_first(const void *a, const void *b)
{
	const struct half *x = *(struct half *const *)a;
	const struct half *y = *(struct half *const *)b;

	if (x->nr != y->nr)
		return x->nr < y->nr ? 1 : -1;
	return memcmp(&x->key, &y->key, sizeof(x->key));
}

static int export_rows(const struct hmap *rows, struct export_limits *limits, struct metrics *m)
{
	_cleanup_free_ struct half **v = calloc(rows->nr + 1, sizeof(struct half *));
	size_t nr;

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < rows->nr; i++)
		v[i] = hmap_row(rows, i);
	qsort(v, rows->nr, sizeof(*v), most_first);
	nr = export_limit(limits, "half_closed", rows->nr, limits->top);
	metrics_family(m, &half_family);
	for (size_t i = 0; i < nr; i++) {
		const struct half_key *key = &v[i]->key;

		if (key->port)
			metrics_label_u64(m, "port", key->port);
		else
			metrics_label(m, "port", "ephemeral");
		export_netns_label(m, limits, key->netns);
		metrics_label(m, "state", names_state(key->state));
		metrics_label_span(m, "comm", key->comm, strnlen(key->comm, sizeof(key->comm)));
		metrics_u64(m, v[i]->nr);
	}
	return metrics_error(m);
}

int export_half_closed(const struct export_sockets *s, const struct answer *a,
		       struct export_limits *limits, struct metrics *m)
{
	_cleanup_(hmap_done) struct hmap rows = HMAP(struct half, key);
	int err = 0;

	for (size_t i = 0; i < a->nr_sockets && !err; i++) {
		const struct socket *sock = &a->sockets[i];

		if (sock->s.proto != PW_TCP || sock->timewait)
			continue;
		if (sock->s.state == PW_CLOSE_WAIT || sock->s.state == PW_FIN_WAIT2)
			err = add(&rows, s, a, sock, limits->nameless);
	}
	return err ? err : export_rows(&rows, limits, m);
}
