// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/closing.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/portspec.h"
#include "sys/host.h"
#include "tables/closing.h"
#include "track/tour.h"

struct closing {
	struct socket **v; /* by compare() */
	size_t nr, nr_visited;
	uint32_t netns; /* the one that is visited */
	struct lasts_rules rules;
};

static bool is_closing(const struct socket *s, uint32_t netns)
{
	return s->s.proto == PW_TCP && s->s.state < 32 && CLOSING_STATES >> s->s.state & 1 &&
	       !s->nr_holders && !s->timewait && s->s.netns && (!netns || s->s.netns == netns);
}

static int compare_socks(const struct pw_sock *a, const struct pw_sock *b)
{
	if (a->netns != b->netns)
		return a->netns < b->netns ? -1 : 1;
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if (a->lport != b->lport)
		return a->lport < b->lport ? -1 : 1;
	if (a->rport != b->rport)
		return a->rport < b->rport ? -1 : 1;
	return memcmp(&a->raddr, &b->raddr, sizeof(a->raddr)) ?:
		       memcmp(&a->laddr, &b->laddr, sizeof(a->laddr));
}

static int compare(const void *pa, const void *pb)
{
	const struct socket *a = *(struct socket *const *)pa, *b = *(struct socket *const *)pb;

	return compare_socks(&a->s, &b->s);
}

static int compare_to(const void *key, const void *element)
{
	return compare_socks(key, &(*(struct socket *const *)element)->s);
}

static void on_timer(void *arg, const struct pw_sock *sk, const struct lasts_timer *t)
{
	const struct closing *c = arg;
	struct pw_sock key = *sk;
	struct socket **found, *s;

	key.netns = c->netns;
	found = bsearch(&key, c->v, c->nr, sizeof(*c->v), compare_to);
	s = found ? *found : NULL;
	/* The state may have changed since: then the time is that of another wait. */
	if (!s || s->s.state != sk->state)
		return;
	s->waits_for = t->waits_for;
	s->retransmits = t->retransmits;
	s->has_expires = lasts_ms(t, &c->rules, &s->expires_ms);
}

/* Within the network namespace. */
static int visit(void *arg, uint32_t netns)
{
	uint64_t ports[PORTSPEC_WORDS] = {};
	struct closing *c = arg;
	size_t nr = 0;

	for (size_t i = 0; i < c->nr; i++) {
		if (c->v[i]->s.netns != netns)
			continue;
		port_set(ports, c->v[i]->s.lport);
		nr++;
	}
	c->netns = netns;
	if (nr && !host_closing_rules(&c->rules) && !closing_timers(ports, on_timer, c))
		c->nr_visited += nr;
	return 0;
}

/* The namespace that all are in, 0: they are in several. */
static uint32_t only_netns(const struct closing *c)
{
	return c->v[0]->s.netns == c->v[c->nr - 1]->s.netns ? c->v[0]->s.netns : 0;
}

void closing_fill(struct tracker *t, uint32_t netns, struct answer *a)
{
	_cleanup_free_ struct socket **v = calloc(a->nr_sockets + 1, sizeof(*v));
	struct closing c = { .v = v };

	for (size_t i = 0; i < a->nr_sockets; i++) {
		if (a->sockets[i].timewait && a->sockets[i].s.state == PW_FIN_WAIT2)
			a->sockets[i].waits_for = LASTS_FIN;
		if (v && is_closing(&a->sockets[i], netns))
			v[c.nr++] = &a->sockets[i];
	}
	if (c.nr) {
		qsort(v, c.nr, sizeof(*v), compare);
		tour(t, only_netns(&c), visit, &c);
	}
	if (!v || c.nr_visited < c.nr)
		a->unknown |= UNKNOWN_CLOSING;
}
