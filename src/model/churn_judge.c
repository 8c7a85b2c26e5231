// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/churn_judge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "model/churn_netns.h"

#define NEAR_PERCENT 80
#define WIDE_RANGE 60000

/* May connect() take a port of a TIME-WAIT? (tcp_twsk_unique, net/ipv4/tcp_ipv4.c) */
static bool may_reuse(const struct churn_netns *n, const struct churn_peer *p)
{
	if (!n->timestamps)
		return false;
	return n->tw_reuse == 1 ||
	       (n->tw_reuse == 2 && (addr_is_loopback(p->key.family, &p->key.laddr) ||
				     addr_is_loopback(p->key.family, &p->key.raddr)));
}

static void clause(struct strbuf *out, const char *text)
{
	strbuf_adds(out, out->len ? "; " : "");
	strbuf_adds(out, text);
}

/* Return the cures, in the order in which they should be tried. The caller owns the string; NULL
 * when out of memory. */
static char *cure_of(const struct churn_netns *n, const struct churn_peer *p)
{
	struct strbuf out = {};

	if (p->forecast.live > p->forecast.timewait)
		clause(&out, "most are live connections: close those that are not needed, or use "
			     "fewer of them for more");
	else
		clause(&out, "keep connections open and use them again (keep-alive, a pool)");
	if (!p->forecast.reuse && p->forecast.timewait) {
		clause(&out, "net.ipv4.tcp_tw_reuse=1 lets connect() take the port of a TIME-WAIT "
			     "older than a second");
		if (!n->timestamps)
			strbuf_adds(&out, ", with net.ipv4.tcp_timestamps=1");
	}
	if (n->last - n->first + 1 < WIDE_RANGE) {
		clause(&out, "");
		strbuf_addf(&out, "widen net.ipv4.ip_local_port_range (now %u %u)", n->first,
			    n->last);
	}
	clause(&out, "connect from or to more addresses");
	return strbuf_steal(&out);
}

static int forecast(struct churn *c, struct churn_peer *p)
{
	const struct churn_netns *n = churn_netns_of(c, p->key.netns);
	const struct churn_peer *before = hmap_get(&c->peers_before, &p->key);
	double apart = c->apart_ns / 1e9;

	p->exhausted_in = FORECAST_NEVER;
	if (!n || !p->key.rport || !n->nr_ports)
		return 0;
	p->nr_ports = n->nr_ports;
	/* connect() cannot take a port that has a listener. */
	p->forecast.total = n->nr_ports - n->nr_listening;
	p->forecast.reuse = may_reuse(n, p);
	p->forecast.delay = n->reuse_delay_ms / 1000.0;
	if (apart > 0)
		p->forecast.growth =
			((double)p->forecast.live - (before ? before->forecast.live : 0)) / apart;
	p->exhausted_in = forecast_exhausted(&p->forecast);
	if (p->exhausted_in < 0)
		return 0;
	p->cure = cure_of(n, p);
	return p->cure ? 0 : -ENOMEM;
}

static int warn(struct churn *c, struct strbuf *text)
{
	char **v = reallocarray(c->warnings, c->nr_warnings + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	c->warnings = v;
	v[c->nr_warnings] = strbuf_steal(text);
	return v[c->nr_warnings++] ? 0 : -ENOMEM;
}

static int warn_of_peer(struct churn *c, const struct churn_peer *p)
{
	_cleanup_(strbuf_done) struct strbuf text = {};
	const struct churn_process *who = churn_process_of(c, p->process_tgid, p->process_start_ns);
	char from[ADDR_LEN], to[ADDR_PORT_LEN];

	addr_format(p->key.family, &p->key.laddr, from);
	addr_format_port(p->key.family, &p->key.raddr, p->key.rport, to);
	strbuf_addf(&text, "%s to %s: %u of %u ephemeral ports in use", from, to,
		    p->forecast.live + p->forecast.timewait, p->nr_ports);
	if (p->exhausted_in < 1)
		strbuf_adds(&text, "; connect() fails now (EADDRNOTAVAIL)");
	else
		strbuf_addf(&text, "; connect() will fail in %.0f s (EADDRNOTAVAIL)",
			    p->exhausted_in);
	if (who)
		strbuf_addf(&text, "; most belong to %.*s (pid %u)", PW_COMM_LEN, who->actor.comm,
			    who->actor.tgid);
	strbuf_addf(&text, ". What helps: %s", p->cure);
	return warn(c, &text);
}

static int warn_of_netns(struct churn *c, const struct churn_netns *n)
{
	_cleanup_(strbuf_done) struct strbuf text = {};
	uint64_t grown = n->overflowed - n->overflowed_before;

	if (grown)
		strbuf_addf(&text,
			    "network namespace %u: %llu connections ended without TIME-WAIT, as "
			    "net.ipv4.tcp_max_tw_buckets (%llu) is reached",
			    n->inode, (unsigned long long)grown, (unsigned long long)n->max);
	else if (n->max && n->current * 100 >= n->max * NEAR_PERCENT)
		strbuf_addf(&text,
			    "network namespace %u: %llu of %llu TIME-WAIT sockets "
			    "(net.ipv4.tcp_max_tw_buckets)",
			    n->inode, (unsigned long long)n->current, (unsigned long long)n->max);
	else
		return 0;
	return warn(c, &text);
}

int churn_judge(struct churn *c)
{
	int err = 0;

	for (size_t i = 0; i < c->nr_netns && !err; i++)
		err = warn_of_netns(c, &c->netns[i]);
	for (size_t i = 0; i < c->peers.nr && !err; i++) {
		struct churn_peer *p = hmap_row(&c->peers, i);

		err = forecast(c, p);
		if (!err && p->exhausted_in >= 0 &&
		    (!c->query.filtered || p->current || p->entered))
			err = warn_of_peer(c, p);
	}
	return err;
}
