// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/churn_judge.h"

#include <errno.h>

#include "base/addr.h"
#include "model/churn_netns.h"
#include "model/churn_warn.h"

#define CROWDED_PERCENT 70

/* May connect() take a port of a TIME-WAIT? (tcp_twsk_unique, net/ipv4/tcp_ipv4.c) */
static bool may_reuse(const struct churn_netns *n, const struct churn_peer *p)
{
	if (!n->timestamps)
		return false;
	return n->tw_reuse == 1 ||
	       (n->tw_reuse == 2 && (addr_is_loopback(p->key.family, &p->key.laddr) ||
				     addr_is_loopback(p->key.family, &p->key.raddr)));
}

/* At most so many TIME-WAITs there can be of those `now`, if the rest of the namespace's stay. */
static uint32_t ceiling(const struct churn_netns *n, uint32_t now)
{
	uint64_t room = n->max > n->current ? n->max - n->current : 0;

	if (!n->max)
		return 0;
	return now + room < UINT32_MAX && now + room ? (uint32_t)(now + room) : 1;
}

static void look_ahead(struct churn *c, struct churn_netns *n, struct churn_peer *p)
{
	const struct churn_peer *before = hmap_get(&c->peers_before, &p->key);
	double apart = c->apart_ns / 1e9;
	struct forecast *f = &p->forecast;

	p->nr_ports = n->nr_ports;
	f->total = n->nr_ports;
	/* connect() cannot take a port that has a listener, or that bind() has taken. */
	f->fixed = n->nr_listening;
	f->other = &n->taken;
	f->reuse = may_reuse(n, p);
	f->delay = n->reuse_delay_ms / 1000.0;
	f->ceiling = ceiling(n, f->timewait);
	if (apart > 0)
		f->growth = ((double)p->own_live - (before ? before->own_live : 0)) / apart;
	p->used = f->fixed + f->live + f->timewait + n->taken.live + n->taken.timewait;
	p->levels = (uint32_t)(forecast_levels(f) + 0.5);
	p->exhausted_in = forecast_exhausted(f);
	/* The namespace may come later by another place. */
	f->other = NULL;
}

/* Ports that bind() has taken are the same for each destination: a single warning will do. */
static bool is_bound_up(const struct churn_netns *n, const struct churn_peer *p)
{
	return (n->taken.live + n->taken.timewait) * 2 > p->used;
}

static int judge(struct churn *c, struct churn_peer *p)
{
	struct churn_netns *n = churn_netns_of(c, p->key.netns);
	bool crowded;

	p->exhausted_in = FORECAST_NEVER;
	if (!n || !p->key.rport || !n->nr_ports)
		return 0;
	look_ahead(c, n, p);
	/* No port runs out for a destination that takes none. */
	if (!p->own_live && !p->forecast.timewait && !p->bound) {
		p->exhausted_in = FORECAST_NEVER;
		return 0;
	}
	crowded = (uint64_t)p->used * 100 >= (uint64_t)p->nr_ports * CROWDED_PERCENT;
	if (p->exhausted_in < 0 && !crowded)
		return 0;
	p->cure = churn_cure(n, p);
	if (!p->cure)
		return -ENOMEM;
	if (!churn_is_wanted(c, p) || (is_bound_up(n, p) && n->bound_warned))
		return 0;
	n->bound_warned |= is_bound_up(n, p);
	return churn_warn_of_peer(c, n, p);
}

static void prepare(const struct churn *c, struct churn_netns *n)
{
	double apart = c->apart_ns / 1e9;

	n->taken.ceiling = ceiling(n, n->taken.timewait);
	if (apart > 0)
		n->taken.growth = ((double)n->taken.live - n->bound_before) / apart;
}

int churn_judge(struct churn *c)
{
	int err = 0;

	for (size_t i = 0; i < c->nr_netns && !err; i++) {
		prepare(c, &c->netns[i]);
		err = churn_warn_of_netns(c, &c->netns[i]);
	}
	for (size_t i = 0; i < c->peers.nr && !err; i++)
		err = judge(c, hmap_row(&c->peers, i));
	return err;
}
