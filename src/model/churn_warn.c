// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/churn_warn.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "model/churn_users.h"

#define NEAR_PERCENT 80
#define WIDE_RANGE 60000

static void clause(struct strbuf *out, const char *text)
{
	strbuf_adds(out, out->len ? "; " : "");
	strbuf_adds(out, text);
}

static void say_reuse(const struct churn_netns *n, const struct churn_peer *p, struct strbuf *out)
{
	if (!p->forecast.timewait || p->forecast.reuse)
		return;
	clause(out, "net.ipv4.tcp_tw_reuse=1 lets connect() take the port of a TIME-WAIT older "
		    "than a second");
	if (!n->timestamps)
		strbuf_adds(out, ", with net.ipv4.tcp_timestamps=1");
	else if (p->forecast.held * 2 > p->forecast.timewait)
		strbuf_adds(out, ", where the peer sends timestamps (most here have none)");
}

char *churn_cure(const struct churn_netns *n, const struct churn_peer *p)
{
	uint32_t bound = n->taken.live + n->taken.timewait;
	struct strbuf out = {};

	if (bound * 2 > p->used)
		clause(&out, "most ports are taken by bind(), for every destination: bind to the "
			     "address with IP_BIND_ADDRESS_NO_PORT, which leaves the port to "
			     "connect()");
	else if (p->forecast.live > p->forecast.timewait)
		clause(&out, "most are live connections: close those that are not needed, or use "
			     "fewer of them for more");
	else
		clause(&out, "keep connections open and use them again (keep-alive, a pool)");
	say_reuse(n, p, &out);
	if (p->forecast.reuse && p->forecast.held)
		clause(&out, "net.ipv4.tcp_timestamps=1 at the peer, so that connect() can take "
			     "the port of a TIME-WAIT");
	if (n->last - n->first + 1 < WIDE_RANGE) {
		clause(&out, "");
		strbuf_addf(&out, "widen net.ipv4.ip_local_port_range (now %u %u)", n->first,
			    n->last);
	}
	clause(&out, "connect from or to more addresses");
	return strbuf_steal(&out);
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

static void say_netns(const struct churn *c, uint32_t inode, struct strbuf *out)
{
	const char *name = c->netns_name ? c->netns_name(inode) : NULL;

	if (inode == c->self)
		return;
	if (name)
		strbuf_addf(out, "network namespace %s: ", name);
	else
		strbuf_addf(out, "network namespace %u: ", inode);
}

/* Say why the ports do not run out, though nearly all are in use. */
static void say_level(const struct churn_peer *p, struct strbuf *out)
{
	uint32_t blocked = p->forecast.held + p->forecast.young;

	if (p->forecast.reuse && p->forecast.timewait > blocked)
		strbuf_addf(out, "; connect() takes over %u of them (net.ipv4.tcp_tw_reuse)",
			    p->forecast.timewait - blocked);
	if (p->forecast.ceiling && p->forecast.timewait >= p->forecast.ceiling)
		strbuf_adds(out, "; TIME-WAIT is at its limit (net.ipv4.tcp_max_tw_buckets)");
	else if (p->forecast.rate > 0)
		strbuf_addf(out, "; at this rate it levels at %u", p->levels);
}

int churn_warn_of_peer(struct churn *c, const struct churn_netns *n, const struct churn_peer *p)
{
	_cleanup_(strbuf_done) struct strbuf text = {};
	char from[ADDR_LEN], to[ADDR_PORT_LEN];
	uint32_t bound = n->taken.live + n->taken.timewait;

	if (c->self)
		say_netns(c, n->inode, &text);
	addr_format(p->key.family, &p->key.laddr, from);
	addr_format_port(p->key.family, &p->key.raddr, p->key.rport, to);
	strbuf_addf(&text, "%s to %s: %u of %u ephemeral ports in use", from, to, p->used,
		    p->nr_ports);
	if (bound)
		strbuf_addf(&text, " (%u by bind(), for every destination)", bound);
	if (p->exhausted_in < 0)
		say_level(p, &text);
	else if (p->exhausted_in < 1)
		strbuf_adds(&text, "; connect() fails now (EADDRNOTAVAIL)");
	else
		strbuf_addf(&text, "; connect() will fail in %.0f s (EADDRNOTAVAIL)",
			    p->exhausted_in);
	churn_say_user(c, &p->user, &text);
	strbuf_addf(&text, ". What helps: %s", p->cure);
	return warn(c, &text);
}

int churn_warn_of_netns(struct churn *c, const struct churn_netns *n)
{
	_cleanup_(strbuf_done) struct strbuf text = {};
	uint64_t grown = n->overflowed - n->overflowed_before;

	say_netns(c, n->inode, &text);
	if (grown)
		strbuf_addf(&text,
			    "%" PRIu64 " connections ended without TIME-WAIT, as "
			    "net.ipv4.tcp_max_tw_buckets (%" PRIu64 ") is reached",
			    grown, n->max);
	else if (n->max && n->current * 100 >= n->max * NEAR_PERCENT)
		strbuf_addf(&text,
			    "%" PRIu64 " of %" PRIu64
			    " TIME-WAIT sockets (net.ipv4.tcp_max_tw_buckets)",
			    n->current, n->max);
	else
		return 0;
	churn_say_user(c, &n->user, &text);
	strbuf_adds(&text, ". What helps: keep connections open and use them again (keep-alive, a "
			   "pool); set net.ipv4.tcp_max_tw_buckets higher in this namespace");
	return warn(c, &text);
}
