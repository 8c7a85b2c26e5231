// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/export_sockets.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "model/names.h"

static const struct metric_family sockets_family = {
	.name = "portwatch_sockets",
	.help = "Sockets that have a local port, by protocol and state.",
};

static const struct metric_family port_sockets_family = {
	.name = "portwatch_port_sockets",
	.help = "Sockets by local port and state; the busiest ports. Ports that the kernel chose "
		"for connections are one row together, ephemeral.",
};

static const struct metric_family dropped_family = {
	.name = "portwatch_dropped_rows",
	.help = "Rows that were left out to bound the number of series, by table (--top, "
		"--listeners).",
};

void export_sockets_init(struct export_sockets *s)
{
	*s = (struct export_sockets){ .rows = HMAP(struct export_port, key) };
}

void export_sockets_done(struct export_sockets *s)
{
	hmap_done(&s->rows);
}

bool export_is_listener(const struct socket *s)
{
	if (s->s.proto != PW_UDP)
		return s->s.state == PW_LISTEN;
	/* A UDP socket whose port the kernel chose is a client. A socket of the kernel itself does
	 * not tell who chose its port, so it counts as a server. */
	return s->s.state == PW_UNCONN && (s->s.flags & PW_F_EXPLICIT || !s->nr_holders);
}

static struct export_port *row_of(struct export_sockets *s, uint32_t netns, uint8_t proto,
				  uint16_t port)
{
	struct export_port_key key = { .netns = netns, .proto = proto, .port = port };

	return hmap_put(&s->rows, &key);
}

static bool is_served(const struct export_sockets *s, const struct socket *sock)
{
	struct export_port_key key = {
		.netns = sock->s.netns,
		.proto = sock->s.proto,
		.port = sock->s.lport,
	};
	const struct export_port *row = hmap_get(&s->rows, &key);

	return row && row->listening;
}

uint16_t export_port_of(const struct export_sockets *s, const struct socket *sock)
{
	return is_served(s, sock) || sock->s.state == PW_BOUND ? sock->s.lport : 0;
}

static int add(struct export_sockets *s, uint32_t netns, uint8_t proto, uint16_t port,
	       uint8_t state, uint64_t n)
{
	struct export_port *row = row_of(s, netns, proto, port);

	if (state == PW_NEW_SYN_RECV)
		state = PW_SYN_RECV;
	if (!row || state >= PW_STATE_MAX)
		return row ? 0 : -ENOMEM;
	row->total += n;
	row->states[state] += n;
	(proto == PW_UDP ? s->udp : s->tcp)[state] += n;
	return 0;
}

/* Connections not accepted yet have no entry of their own: their listener counts them. */
static int add_waiting(struct export_sockets *s, const struct socket *sock)
{
	return sock->qlen ? add(s, sock->s.netns, PW_TCP, sock->s.lport, PW_SYN_RECV, sock->qlen) :
			    0;
}

int export_sockets_count(struct export_sockets *s, const struct answer *a)
{
	for (size_t i = 0; i < a->nr_sockets; i++) {
		const struct socket *sock = &a->sockets[i];
		struct export_port *row;

		if (!export_is_listener(sock))
			continue;
		row = row_of(s, sock->s.netns, sock->s.proto, sock->s.lport);
		if (!row)
			return -ENOMEM;
		row->listening = true;
	}
	for (size_t i = 0; i < a->nr_sockets; i++) {
		const struct socket *sock = &a->sockets[i];
		int err = add(s, sock->s.netns, sock->s.proto, export_port_of(s, sock),
			      sock->s.state, 1);

		if (!err)
			err = add_waiting(s, sock);
		if (err)
			return err;
	}
	return 0;
}

int export_sockets_add_timewait(struct export_sockets *s, const struct churn *c)
{
	uint64_t fin_wait2 = c->total.fin_wait2;

	for (size_t i = 0; i < c->ports.nr; i++) {
		const struct churn_port *p = hmap_row(&c->ports, i);
		int err = p->current ? add(s, p->key.netns, PW_TCP, p->key.port, PW_TIME_WAIT,
					   p->current) :
				       0;

		if (err)
			return err;
	}
	/* Some of them wait for their peer's FIN yet. */
	s->tcp[PW_TIME_WAIT] -= fin_wait2 <= s->tcp[PW_TIME_WAIT] ? fin_wait2 : 0;
	s->tcp[PW_FIN_WAIT2] += fin_wait2;
	return 0;
}

void export_netns_label(struct metrics *m, const struct export_limits *limits, uint32_t netns)
{
	if (netns == limits->self)
		metrics_label(m, "netns", "self");
	else if (netns)
		metrics_label_u64(m, "netns", netns);
}

size_t export_limit(struct export_limits *limits, const char *table, size_t nr, size_t max)
{
	if (limits->nr_dropped < ARRAY_SIZE(limits->dropped)) {
		limits->dropped[limits->nr_dropped].table = table;
		limits->dropped[limits->nr_dropped++].rows = nr > max ? nr - max : 0;
	}
	return nr < max ? nr : max;
}

void export_dropped(const struct export_limits *limits, struct metrics *m)
{
	metrics_family(m, &dropped_family);
	for (size_t i = 0; i < limits->nr_dropped; i++) {
		metrics_label(m, "table", limits->dropped[i].table);
		metrics_u64(m, limits->dropped[i].rows);
	}
}

static int busiest_first(const void *a, const void *b)
{
	const struct export_port *x = *(struct export_port *const *)a;
	const struct export_port *y = *(struct export_port *const *)b;

	if (x->total != y->total)
		return x->total < y->total ? 1 : -1;
	return memcmp(&x->key, &y->key, sizeof(x->key));
}

static void add_states(struct metrics *m, uint8_t proto, const uint64_t *states)
{
	static const uint8_t udp[] = { PW_UNCONN, PW_ESTABLISHED };
	static const uint8_t tcp[] = {
		PW_BOUND,	PW_LISTEN,    PW_SYN_SENT,  PW_SYN_RECV,
		PW_ESTABLISHED, PW_FIN_WAIT1, PW_FIN_WAIT2, PW_TIME_WAIT,
		PW_CLOSE_WAIT,	PW_LAST_ACK,  PW_CLOSING,
	};
	const uint8_t *v = proto == PW_UDP ? udp : tcp;
	size_t nr = proto == PW_UDP ? ARRAY_SIZE(udp) : ARRAY_SIZE(tcp);

	for (size_t i = 0; i < nr; i++) {
		metrics_label(m, "proto", names_proto(proto));
		metrics_label(m, "state", names_state(v[i]));
		metrics_u64(m, states[v[i]]);
	}
}

static void add_row(struct metrics *m, const struct export_limits *limits,
		    const struct export_port *row)
{
	for (int state = 0; state < PW_STATE_MAX; state++) {
		if (!row->states[state])
			continue;
		metrics_label(m, "proto", names_proto(row->key.proto));
		if (row->key.port)
			metrics_label_u64(m, "port", row->key.port);
		else
			metrics_label(m, "port", "ephemeral");
		export_netns_label(m, limits, row->key.netns);
		metrics_label(m, "state", names_state(state));
		metrics_u64(m, row->states[state]);
	}
}

int export_sockets(const struct export_sockets *s, struct export_limits *limits, struct metrics *m)
{
	_cleanup_free_ struct export_port **v =
		calloc(s->rows.nr + 1, sizeof(struct export_port *));
	size_t nr;

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < s->rows.nr; i++)
		v[i] = hmap_row(&s->rows, i);
	qsort(v, s->rows.nr, sizeof(*v), busiest_first);

	metrics_family(m, &sockets_family);
	add_states(m, PW_TCP, s->tcp);
	add_states(m, PW_UDP, s->udp);
	nr = export_limit(limits, "ports", s->rows.nr, limits->top);
	metrics_family(m, &port_sockets_family);
	for (size_t i = 0; i < nr; i++)
		add_row(m, limits, v[i]);
	return metrics_error(m);
}
