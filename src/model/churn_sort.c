// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/churn_sort.h"

#include <stdlib.h>
#include <string.h>
#include "base/addr.h"

static int descending(double a, double b)
{
	return (a < b) - (a > b);
}

static int by_weight(enum churn_order by, uint64_t current_a, double rate_a, uint64_t current_b,
		     double rate_b)
{
	int current = (current_a < current_b) - (current_a > current_b);
	int rate = descending(rate_a, rate_b);

	return by == CHURN_BY_CURRENT ? (current ? current : rate) : (rate ? rate : current);
}

static int compare_ports(const void *a, const void *b, void *by)
{
	const struct churn_port *x = *(struct churn_port *const *)a;
	const struct churn_port *y = *(struct churn_port *const *)b;
	int r = by_weight(*(enum churn_order *)by, x->current, x->rate, y->current, y->rate);

	return r ? r : memcmp(&x->key, &y->key, sizeof(x->key));
}

static int compare_peers(const void *a, const void *b, void *by)
{
	const struct churn_peer *x = *(struct churn_peer *const *)a;
	const struct churn_peer *y = *(struct churn_peer *const *)b;
	int r = by_weight(*(enum churn_order *)by, x->current, x->rate, y->current, y->rate);

	if (!r)
		r = addr_compare(x->key.family, &x->key.raddr, y->key.family, &y->key.raddr);
	return r ? r : memcmp(&x->key, &y->key, sizeof(x->key));
}

static int compare_processes(const void *a, const void *b, void *by)
{
	const struct churn_process *x = *(struct churn_process *const *)a;
	const struct churn_process *y = *(struct churn_process *const *)b;
	int r = by_weight(*(enum churn_order *)by, x->current, x->rate, y->current, y->rate);

	return r ? r : (x->key.tgid > y->key.tgid) - (x->key.tgid < y->key.tgid);
}

struct churn_port **churn_sort_ports(const struct churn *c, enum churn_order by, size_t *ret_nr)
{
	struct churn_port **v = calloc(c->ports.nr + 1, sizeof(struct churn_port *));
	size_t nr = 0;

	for (size_t i = 0; v && i < c->ports.nr; i++) {
		struct churn_port *p = hmap_row(&c->ports, i);

		if (p->current || p->entered)
			v[nr++] = p;
	}
	if (v)
		qsort_r(v, nr, sizeof(struct churn_port *), compare_ports, &by);
	*ret_nr = nr;
	return v;
}

struct churn_peer **churn_sort_peers(const struct churn *c, enum churn_order by, size_t *ret_nr)
{
	struct churn_peer **v = calloc(c->peers.nr + 1, sizeof(struct churn_peer *));
	size_t nr = 0;

	for (size_t i = 0; v && i < c->peers.nr; i++) {
		struct churn_peer *p = hmap_row(&c->peers, i);

		/* A peer with live connections alone is worth a row when they fill the range. */
		if (p->current || p->entered || (p->cure && churn_is_wanted(c, p)))
			v[nr++] = p;
	}
	if (v)
		qsort_r(v, nr, sizeof(struct churn_peer *), compare_peers, &by);
	*ret_nr = nr;
	return v;
}

struct churn_process **churn_sort_processes(const struct churn *c, enum churn_order by,
					    size_t *ret_nr)
{
	struct churn_process **v = calloc(c->processes.nr + 1, sizeof(struct churn_process *));
	size_t nr = 0;

	for (size_t i = 0; v && i < c->processes.nr; i++) {
		struct churn_process *p = hmap_row(&c->processes, i);

		if (p->current || p->entered)
			v[nr++] = p;
	}
	if (v)
		qsort_r(v, nr, sizeof(struct churn_process *), compare_processes, &by);
	*ret_nr = nr;
	return v;
}
