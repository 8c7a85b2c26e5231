// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Metrics of the owners of ports: a row for each name, user, unit and container that holds a
 * listening socket, or a row for each address and port where these are not told. PIDs make no rows,
 * so an owner keeps its row when it restarts, and the workers of a server share a row.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/vec.h"
#include "model/export_sockets.h"
#include "model/names.h"

static const struct metric_family info_family = {
	.name = "portwatch_listener_info",
	.help = "Who owns a port: 1 for each holder of a listening socket (UDP: one without a "
		"peer on a port of its choice), told apart by name, user, unit and container.",
};

static const struct metric_family processes_family = {
	.name = "portwatch_listener_processes",
	.help = "Processes that hold a listening socket of this address and port.",
};

static const struct metric_family since_family = {
	.name = "portwatch_listener_start_time_seconds",
	.unit = "seconds",
	.help = "When the oldest listening socket of this address and port began to listen, since "
		"1970; absent if before the tracker.",
};

struct row {
	const struct socket *s;
	const struct process *p; /* NULL: no process has it */
	bool same_place;	 /* as the row before */
	bool same_owner;
};

static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

/* Our own namespace first, for that is what the rows are limited to last. */
static int compare_place(const struct socket *a, const struct socket *b, uint32_t self)
{
	int r = (a->s.netns != self) - (b->s.netns != self);

	if (!r)
		r = (a->s.netns > b->s.netns) - (a->s.netns < b->s.netns);
	if (!r)
		r = a->s.lport - b->s.lport;
	if (!r)
		r = a->s.proto - b->s.proto;
	if (!r)
		r = a->s.family - b->s.family;
	return r ? r : memcmp(&a->s.laddr, &b->s.laddr, sizeof(a->s.laddr));
}

static int compare_owner(const struct process *a, const struct process *b)
{
	int r;

	if (!a || !b)
		return !a - !b;
	r = strncmp(a->id.comm, b->id.comm, sizeof(a->id.comm));
	if (!r)
		r = (a->id.uid > b->id.uid) - (a->id.uid < b->id.uid);
	if (!r)
		r = compare_text(a->unit, b->unit);
	return r ? r : compare_text(a->container, b->container);
}

static int compare(const void *a, const void *b, void *self)
{
	const struct row *x = a, *y = b;
	int r = compare_place(x->s, y->s, *(const uint32_t *)self);

	if (!r)
		r = compare_owner(x->p, y->p);
	/* Elements of one array, or NULL. */
	return r ? r : (x->p > y->p) - (x->p < y->p);
}

static void add_place(struct metrics *m, const struct export_limits *limits, const struct socket *s)
{
	char addr[ADDR_LEN];

	metrics_label(m, "proto", names_proto(s->s.proto));
	addr_format(s->s.family, &s->s.laddr, addr);
	metrics_label(m, "addr", addr);
	metrics_label_u64(m, "port", s->s.lport);
	export_netns_label(m, limits, s->s.netns);
}

static void add_info(struct metrics *m, const struct export_limits *limits, const struct row *row)
{
	const struct process *p = row->p;

	add_place(m, limits, row->s);
	if (p && !limits->nameless) {
		metrics_label_span(m, "comm", p->id.comm, strnlen(p->id.comm, sizeof(p->id.comm)));
		if (p->user)
			metrics_label(m, "user", p->user);
		else
			metrics_label_u64(m, "user", p->id.uid);
		metrics_label(m, "unit", p->unit);
		metrics_label(m, "container", p->container);
	}
	metrics_u64(m, 1);
}

/* Is it known that no process has it? */
static bool is_certain(const struct socket *s)
{
	return s->resolved == RESOLVED_VERIFIED || s->resolved == RESOLVED_WALK;
}

/* Processes of the place that begins here: with an owner's rows in order, each is met in one run.
 */
static uint64_t count_processes(const struct row *v, size_t nr)
{
	const struct process *last = NULL;
	uint64_t n = 0;

	for (size_t i = 0; i < nr && (!i || v[i].same_place); i++) {
		n += v[i].p && v[i].p != last;
		last = v[i].p;
	}
	return n;
}

static uint64_t since(const struct row *v, size_t nr)
{
	uint64_t first = 0;

	for (size_t i = 0; i < nr && (!i || v[i].same_place); i++) {
		const struct pw_sock *s = &v[i].s->s;
		uint64_t at = s->listen_ns ? s->listen_ns : s->since_ns;

		if (at && (!first || at < first))
			first = at;
	}
	return first;
}

static int collect(const struct answer *a, struct row **ret, size_t *ret_nr)
{
	size_t nr = 0;
	struct row *v;

	for (size_t i = 0; i < a->nr_sockets; i++)
		nr += a->sockets[i].nr_holders + 1;
	v = calloc(nr + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	nr = 0;
	for (size_t i = 0; i < a->nr_sockets; i++) {
		const struct socket *s = &a->sockets[i];

		if (!export_is_listener(s))
			continue;
		for (size_t h = 0; h < s->nr_holders; h++)
			v[nr++] = (struct row){ s, &a->processes[s->holders[h].process], false,
						false };
		if (!s->nr_holders)
			v[nr++] = (struct row){ s, NULL, false, false };
	}
	*ret = v;
	*ret_nr = nr;
	return 0;
}

/* Return how many rows there are before the first owner too many. */
static size_t bound(const struct row *v, size_t nr, struct export_limits *limits)
{
	size_t owners = 0, shown = 0, at = nr;

	for (size_t i = 0; i < nr; i++)
		owners += !v[i].same_owner;
	owners = export_limit(limits, "listeners", owners, limits->listeners);
	for (size_t i = 0; i < nr && at == nr; i++) {
		if (!v[i].same_owner && shown++ == owners)
			at = i;
	}
	return at;
}

int export_listeners(const struct answer *a, struct export_limits *limits, struct metrics *m)
{
	_cleanup_free_ struct row *v = NULL;
	size_t nr;
	int err = collect(a, &v, &nr);

	if (err)
		return err;
	qsort_r(v, nr, sizeof(*v), compare, &limits->self);
	for (size_t i = 1; i < nr; i++) {
		v[i].same_place = !compare_place(v[i - 1].s, v[i].s, limits->self);
		v[i].same_owner =
			v[i].same_place && (limits->nameless || !compare_owner(v[i - 1].p, v[i].p));
	}
	nr = bound(v, nr, limits);

	metrics_family(m, &info_family);
	for (size_t i = 0; i < nr; i++)
		if (!v[i].same_owner)
			add_info(m, limits, &v[i]);
	metrics_family(m, &processes_family);
	for (size_t i = 0; i < nr; i++)
		/* A number that is not known is absent, and not 0. */
		if (!v[i].same_place && (v[i].p || is_certain(v[i].s))) {
			add_place(m, limits, v[i].s);
			metrics_u64(m, count_processes(v + i, nr - i));
		}
	metrics_family(m, &since_family);
	for (size_t i = 0; i < nr; i++) {
		uint64_t at = v[i].same_place ? 0 : since(v + i, nr - i);

		if (at) {
			add_place(m, limits, v[i].s);
			metrics_double(m, ((int64_t)at + limits->boot_to_real) / 1e9);
		}
	}
	return metrics_error(m);
}
