// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/churn_rows.h"

#include <errno.h>

#include "base/clock.h"
#include "model/churn_cells.h"
#include "model/churn_netns.h"

static int add_to_port(struct churn *c, const struct churn_cell *cell)
{
	struct churn_port_key key = { .netns = cell->key.netns, .port = cell->key.lport };
	struct churn_port *p = hmap_put(&c->ports, &key);

	if (!p)
		return -ENOMEM;
	p->current += cell->current;
	p->entered += cell->entered;
	return 0;
}

static int add_to_process(struct churn *c, const struct churn_cell *cell)
{
	struct churn_process_key key = { .start_ns = cell->key.start_ns, .tgid = cell->key.tgid };
	struct churn_process *p = hmap_put(&c->processes, &key);

	if (!p)
		return -ENOMEM;
	p->actor.tgid = key.tgid;
	p->actor.start_ns = key.start_ns;
	p->current += cell->current;
	p->entered += cell->entered;
	return 0;
}

struct churn_peer_key churn_peer_of(const struct churn_cell *cell)
{
	return (struct churn_peer_key){
		.laddr = cell->key.laddr,
		.raddr = cell->key.raddr,
		.netns = cell->key.netns,
		.rport = cell->key.rport,
		.family = cell->key.family,
	};
}

static int add_to_peer(struct churn *c, const struct churn_cell *cell)
{
	struct churn_peer_key key = churn_peer_of(cell);
	struct churn_peer *p = hmap_put(&c->peers, &key);

	if (!p)
		return -ENOMEM;
	p->current += cell->current;
	p->entered += cell->entered;
	p->entered_all += cell->entered_all;
	p->wanted |= cell->wanted;
	p->own_live += cell->live;
	p->bound += cell->bound;
	p->forecast.live += cell->live;
	p->forecast.timewait += cell->timewait;
	p->forecast.young += cell->young;
	p->forecast.held += cell->held;
	for (int i = 0; i < FORECAST_BUCKETS; i++)
		p->forecast.ends[i] += cell->ends[i];
	return 0;
}

/* Count sockets on ports that bind() took among the ports that all destinations lack. */
static void split_rate(struct churn *c, struct churn_peer *p)
{
	struct churn_netns *n = churn_netns_of(c, p->key.netns);
	double all = p->forecast.live + p->forecast.timewait + p->bound, bound;

	if (!n || !p->bound)
		return;
	bound = p->forecast.rate * p->bound / all;
	p->forecast.rate -= bound;
	n->taken.rate += bound;
}

int churn_make_rows(struct churn *c)
{
	double interval = (double)c->query.interval_ns / NSEC_PER_SEC;
	int err = 0;

	for (size_t i = 0; i < c->cells.nr && !err; i++) {
		const struct churn_cell *cell = hmap_row(&c->cells, i);

		err = add_to_port(c, cell);
		if (!err)
			err = add_to_peer(c, cell);
		if (!err)
			err = add_to_process(c, cell);
	}
	if (err || interval <= 0)
		return err;
	for (size_t i = 0; i < c->ports.nr; i++) {
		struct churn_port *p = hmap_row(&c->ports, i);

		p->rate = p->entered / interval;
	}
	for (size_t i = 0; i < c->peers.nr; i++) {
		struct churn_peer *p = hmap_row(&c->peers, i);

		p->rate = p->entered / interval;
		p->forecast.rate = p->entered_all / interval;
		split_rate(c, p);
	}
	for (size_t i = 0; i < c->processes.nr; i++) {
		struct churn_process *p = hmap_row(&c->processes, i);

		p->rate = p->entered / interval;
	}
	return 0;
}
