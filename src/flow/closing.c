// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/closing.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/portspec.h"
#include "sys/host.h"
#include "sys/netns.h"
#include "tables/closing.h"

struct closing {
	struct socket **v; /* by compare() */
	size_t nr;
	struct lasts_rules rules;
};

static bool is_closing(const struct socket *s, uint32_t netns)
{
	return s->s.proto == PW_TCP && s->s.state < 32 && CLOSING_STATES >> s->s.state & 1 &&
	       !s->nr_holders && !s->timewait && (!s->s.netns || s->s.netns == netns);
}

static int compare_socks(const struct pw_sock *a, const struct pw_sock *b)
{
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
	struct socket **found = bsearch(sk, c->v, c->nr, sizeof(*c->v), compare_to);
	struct socket *s = found ? *found : NULL;

	/* The state may have changed since: then the time is that of another wait. */
	if (!s || s->s.state != sk->state)
		return;
	s->waits_for = t->waits_for;
	s->retransmits = t->retransmits;
	s->has_expires = lasts_ms(t, &c->rules, &s->expires_ms);
}

void closing_fill(struct answer *a)
{
	_cleanup_free_ struct socket **v = NULL;
	uint64_t ports[PORTSPEC_WORDS] = {};
	struct closing c = {};
	uint32_t netns;

	for (size_t i = 0; i < a->nr_sockets; i++)
		if (a->sockets[i].timewait && a->sockets[i].s.state == PW_FIN_WAIT2)
			a->sockets[i].waits_for = LASTS_FIN;
	if (netns_now(&netns))
		return;
	for (size_t i = 0; i < a->nr_sockets; i++)
		c.nr += is_closing(&a->sockets[i], netns);
	v = c.nr ? calloc(c.nr, sizeof(struct socket *)) : NULL;
	if (!v || host_closing_rules(&c.rules))
		return;
	c.v = v;
	c.nr = 0;
	for (size_t i = 0; i < a->nr_sockets; i++) {
		if (!is_closing(&a->sockets[i], netns))
			continue;
		port_set(ports, a->sockets[i].s.lport);
		v[c.nr++] = &a->sockets[i];
	}
	qsort(v, c.nr, sizeof(struct socket *), compare);
	closing_timers(ports, on_timer, &c);
}
