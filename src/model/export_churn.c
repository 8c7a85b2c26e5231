// SPDX-License-Identifier: GPL-2.0-or-later
/* Metrics of the processes that leave TIME-WAIT, and of the ephemeral ports in use. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "model/churn_cells.h"
#include "model/export_counts.h"

static const struct metric_family current_family = {
	.name = "portwatch_timewait_source_sockets",
	.help = "Sockets in TIME-WAIT now, by local port and name of the process that left them; "
		"the heaviest.",
};

static const struct metric_family entered_family = {
	.name = "portwatch_timewait_source_entered",
	.help = "Connections that have entered TIME-WAIT, by local port and name of the process "
		"that left them; the heaviest.",
	.counter = true,
};

static const struct metric_family ended_family = {
	.name = "portwatch_timewait_source_ended",
	.help = "Of those: ended, but for those that a full map (--max-timewait) had forgotten.",
	.counter = true,
};

static const struct metric_family used_family = {
	.name = "portwatch_ephemeral_ports_used",
	.help = "Ephemeral ports that connect() from one local address to one destination cannot "
		"have: by connections to it, TIME-WAIT, listeners and bind(); the heaviest.",
};

static const struct metric_family limit_family = {
	.name = "portwatch_ephemeral_ports_limit",
	.help = "Ephemeral ports that there are for this destination "
		"(net.ipv4.ip_local_port_range, less those reserved).",
};

static const struct metric_family levels_family = {
	.name = "portwatch_ephemeral_ports_level",
	.help = "Ephemeral ports that will be in use for this destination after a minute at the rate "
		"of the last interval: above the limit connect() will fail.",
};

static const struct metric_family owner_family = {
	.name = "portwatch_ephemeral_ports_owner_info",
	.help = "1, with the name of the processes that have the most of this destination's ports.",
};

static const struct metric_family exhaustion_family = {
	.name = "portwatch_ephemeral_exhaustion_seconds",
	.unit = "seconds",
	.help = "Until connect() to this destination fails for want of a port if it goes on like "
		"this; +Inf: never.",
};

/* Add the sockets that are there now to the tracker's tallies. Without a tracker they are all there
 * is. */
static int add_current(struct hmap *tallies, const struct churn *c)
{
	for (size_t i = 0; i < c->cells.nr; i++) {
		const struct churn_cell *cell = hmap_row(&c->cells, i);
		const struct churn_process *p;
		struct pw_tally_key key = { .port = cell->key.lport };
		struct export_tally *t;

		if (!cell->current)
			continue;
		p = churn_process_of(c, cell->key.tgid, cell->key.start_ns);
		if (p)
			memccpy(key.comm, p->actor.comm, 0, sizeof(key.comm));
		t = hmap_put(tallies, &key);
		if (!t)
			return -ENOMEM;
		t->current += cell->current;
	}
	return 0;
}

static int heaviest_first(const void *a, const void *b)
{
	const struct export_tally *x = *(struct export_tally *const *)a;
	const struct export_tally *y = *(struct export_tally *const *)b;

	if (x->current != y->current)
		return x->current < y->current ? 1 : -1;
	if (x->counted.entered != y->counted.entered)
		return x->counted.entered < y->counted.entered ? 1 : -1;
	return memcmp(&x->key, &y->key, sizeof(x->key));
}

/* Sum the tallies of all processes of a port, as if they had no name. */
static int without_names(const struct hmap *tallies, struct hmap *ret)
{
	for (size_t i = 0; i < tallies->nr; i++) {
		const struct export_tally *t = hmap_row(tallies, i);
		struct pw_tally_key key = { .port = t->key.port };
		struct export_tally *sum = hmap_put(ret, &key);

		if (!sum)
			return -ENOMEM;
		sum->current += t->current;
		sum->counted.entered += t->counted.entered;
		sum->counted.ended += t->counted.ended;
	}
	return 0;
}

static void add_source(struct metrics *m, const struct export_limits *limits,
		       const struct export_tally *t)
{
	if (t->key.port)
		metrics_label_u64(m, "port", t->key.port);
	else
		metrics_label(m, "port", "ephemeral");
	if (!limits->nameless)
		metrics_label_span(m, "comm", t->key.comm,
				   strnlen(t->key.comm, sizeof(t->key.comm)));
}

int export_tallies(struct hmap *tallies, const struct churn *c, bool ends,
		   struct export_limits *limits, struct metrics *m)
{
	_cleanup_(hmap_done) struct hmap merged = HMAP(struct export_tally, key);
	_cleanup_free_ struct export_tally **v = NULL;
	int err = add_current(tallies, c);
	size_t nr;

	if (!err && limits->nameless) {
		err = without_names(tallies, &merged);
		tallies = &merged;
	}
	if (err)
		return err;
	v = calloc(tallies->nr + 1, sizeof(struct export_tally *));
	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < tallies->nr; i++)
		v[i] = hmap_row(tallies, i);
	qsort(v, tallies->nr, sizeof(*v), heaviest_first);
	nr = export_limit(limits, "timewait_sources", tallies->nr, limits->top);

	metrics_family(m, &current_family);
	for (size_t i = 0; i < nr; i++) {
		add_source(m, limits, v[i]);
		metrics_u64(m, v[i]->current);
	}
	metrics_family(m, &entered_family);
	for (size_t i = 0; i < nr && c->query.counted; i++) {
		add_source(m, limits, v[i]);
		metrics_u64(m, v[i]->counted.entered);
	}
	metrics_family(m, &ended_family);
	for (size_t i = 0; i < nr && c->query.counted && ends; i++) {
		add_source(m, limits, v[i]);
		metrics_u64(m, v[i]->counted.ended);
	}
	return metrics_error(m);
}

static int most_ports_first(const void *a, const void *b)
{
	const struct churn_peer *x = *(struct churn_peer *const *)a;
	const struct churn_peer *y = *(struct churn_peer *const *)b;

	if (x->used != y->used)
		return x->used < y->used ? 1 : -1;
	return memcmp(&x->key, &y->key, sizeof(x->key));
}

static void add_peer(struct metrics *m, const struct export_limits *limits,
		     const struct churn_peer *p)
{
	char buf[ADDR_LEN];

	export_netns_label(m, limits, p->key.netns);
	addr_format(p->key.family, &p->key.laddr, buf);
	metrics_label(m, "local_addr", buf);
	addr_format(p->key.family, &p->key.raddr, buf);
	metrics_label(m, "remote_addr", buf);
	metrics_label_u64(m, "remote_port", p->key.rport);
}

static void add_owners(const struct churn *c, struct churn_peer *const *v, size_t nr,
		       const struct export_limits *limits, struct metrics *m)
{
	if (limits->nameless)
		return;
	metrics_family(m, &owner_family);
	for (size_t i = 0; i < nr; i++) {
		const struct churn_user *u = &v[i]->user;
		const struct churn_process *p = churn_process_of(c, u->tgid, u->start_ns);

		if (!u->uses || !p || !p->actor.comm[0])
			continue;
		add_peer(m, limits, v[i]);
		metrics_label_span(m, "comm", p->actor.comm,
				   strnlen(p->actor.comm, sizeof(p->actor.comm)));
		metrics_u64(m, 1);
	}
}

int export_peers(const struct churn *c, struct export_limits *limits, struct metrics *m)
{
	_cleanup_free_ struct churn_peer **v = calloc(c->peers.nr + 1, sizeof(struct churn_peer *));
	size_t nr = 0;

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < c->peers.nr; i++) {
		struct churn_peer *p = hmap_row(&c->peers, i);

		if (p->key.rport && p->nr_ports && p->used)
			v[nr++] = p;
	}
	qsort(v, nr, sizeof(*v), most_ports_first);
	nr = export_limit(limits, "peers", nr, limits->top);

	metrics_family(m, &used_family);
	for (size_t i = 0; i < nr; i++) {
		add_peer(m, limits, v[i]);
		metrics_u64(m, v[i]->used);
	}
	metrics_family(m, &limit_family);
	for (size_t i = 0; i < nr; i++) {
		add_peer(m, limits, v[i]);
		metrics_u64(m, v[i]->nr_ports);
	}
	metrics_family(m, &levels_family);
	for (size_t i = 0; i < nr; i++) {
		add_peer(m, limits, v[i]);
		metrics_u64(m, v[i]->levels);
	}
	add_owners(c, v, nr, limits, m);
	metrics_family(m, &exhaustion_family);
	for (size_t i = 0; i < nr; i++) {
		add_peer(m, limits, v[i]);
		metrics_double(m, v[i]->exhausted_in < 0 ? INFINITY : v[i]->exhausted_in);
	}
	return metrics_error(m);
}
