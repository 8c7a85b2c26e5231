// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/reach.h"

#include <string.h>

#include "base/addr.h"
#include "model/answer.h"
#include "model/evidence.h"
#include "model/portspec.h"

#define LOOPBACK_IFINDEX 1 /* include/net/flow.h */

/* The servers of a port. */
struct servers {
	const struct answer *a;
	const struct socket *const *all;
	size_t nr;
	uint32_t netns;
};

static bool serves(const struct servers *v, const struct socket *s)
{
	return (s->s.state == PW_LISTEN || s->s.state == PW_UNCONN) &&
	       (!v->netns || s->s.netns == v->netns);
}

/* ---- owners ---- */

/* By number where both started in one tick, or it is not known when. */
static bool is_older(const struct process *a, const struct process *b)
{
	return a->id.start_ns != b->id.start_ns ? a->id.start_ns < b->id.start_ns :
						  a->id.tgid < b->id.tgid;
}

/* The oldest: a server, and not its workers. NULL: none is known. */
static const struct process *owner(const struct servers *v, const struct socket *s)
{
	const struct process *first = NULL;

	for (size_t i = 0; i < s->nr_holders; i++) {
		const struct process *p = &v->a->processes[s->holders[i].process];

		if (!first || is_older(p, first))
			first = p;
	}
	return first;
}

static uint32_t pid_of(const struct process *p)
{
	return p->pid ? p->pid : p->id.tgid;
}

static bool holds(const struct socket *s, size_t process)
{
	for (size_t i = 0; i < s->nr_holders; i++)
		if (s->holders[i].process == process)
			return true;
	return false;
}

static void join(struct crowd *c, const struct process *p)
{
	if (c->nr < REACH_KEPT) {
		c->v[c->nr].pid = pid_of(p);
		memcpy(c->v[c->nr].comm, p->id.comm, sizeof(p->id.comm));
	}
	c->nr++;
}

static bool has(const struct crowd *c, const struct process *p)
{
	for (size_t i = 0; i < crowd_kept(c); i++)
		if (c->v[i].pid == pid_of(p))
			return true;
	return c->nr > REACH_KEPT;
}

static bool are_equal(const struct crowd *a, const struct crowd *b)
{
	if (a->nr != b->nr)
		return false;
	for (size_t i = 0; i < crowd_kept(a); i++)
		if (a->v[i].pid != b->v[i].pid)
			return false;
	return true;
}

/* ---- groups ---- */

/* Whether both are in one SO_REUSEPORT group (inet_reuseport_add_sock in
 * net/ipv4/inet_hashtables.c). */
static bool are_grouped(const struct socket *a, const struct socket *b)
{
	return a->s.flags & b->s.flags & PW_F_REUSEPORT && a->s.family == b->s.family &&
	       a->s.netns == b->s.netns && a->s.ifindex == b->s.ifindex &&
	       !((a->s.flags ^ b->s.flags) & PW_F_V6ONLY) &&
	       !memcmp(&a->s.laddr, &b->s.laddr, sizeof(a->s.laddr)) &&
	       (!a->bind.known || !b->bind.known || a->bind.uid == b->bind.uid);
}

/* Whether one process has all sockets of the group: a server, and the sockets of its workers. Of a
 * socket in no group the owner has all. */
static bool is_of_one(const struct servers *v, const struct socket *of, size_t process)
{
	for (size_t i = 0; i < v->nr; i++)
		if (serves(v, v->all[i]) && are_grouped(v->all[i], of) &&
		    !holds(v->all[i], process))
			return false;
	return true;
}

/* The oldest owner of the group that is younger than `than`; NULL: the oldest of all, or none is.
 */
static const struct process *next_owner(const struct servers *v, const struct socket *of,
					const struct process *than)
{
	const struct process *next = NULL;

	for (size_t i = 0; i < v->nr; i++) {
		const struct socket *s = v->all[i];
		const struct process *p = owner(v, s);

		if (p && serves(v, s) && (s == of || are_grouped(s, of)) &&
		    (!than || is_older(than, p)) && (!next || is_older(p, next)))
			next = p;
	}
	return next;
}

/* The oldest that has all sockets of this socket's group. NULL: each has only some. */
static const struct process *owner_of_all(const struct servers *v, const struct socket *of)
{
	const struct process *first = NULL;

	for (size_t i = 0; i < of->nr_holders; i++) {
		const struct process *p = &v->a->processes[of->holders[i].process];

		if (is_of_one(v, of, of->holders[i].process) && (!first || is_older(p, first)))
			first = p;
	}
	return first;
}

/* Add the owners of this socket's group; only of itself, if it is in none. */
static void add_group(struct crowd *c, const struct servers *v, const struct socket *of)
{
	const struct process *p = owner_of_all(v, of);

	if (p)
		join(c, p);
	else
		for (p = next_owner(v, of, NULL); p; p = next_owner(v, of, p))
			join(c, p);
}

/* Of several groups take the one that most share. */
static void find_shared(struct reach *r, const struct servers *v, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		const struct socket *s = v->all[i];
		struct crowd c = {};
		bool done = false;

		/* Connections have the option as well, and may be a hundred thousand. */
		if (!serves(v, s) || !(s->s.flags & PW_F_REUSEPORT))
			continue;
		for (size_t k = 0; k < i && !done; k++)
			done = serves(v, v->all[k]) && are_grouped(v->all[k], s);
		if (done)
			continue;
		add_group(&c, v, s);
		if (c.nr > r->shared.nr && c.nr > 1)
			r->shared = c;
	}
}

/* ---- localhost ---- */

/* How well a socket fits a connection to this loopback address; 0: not at all. -1: it may. */
static int score(const struct socket *s, uint8_t family, const struct pw_addr *to)
{
	struct pw_addr addr = s->s.laddr;
	uint8_t of = s->s.family;
	bool any;

	addr_unmap(&of, &addr);
	any = addr_is_any(of, &addr);
	if (s->s.ifindex > LOOPBACK_IFINDEX)
		return 0;
	if (of != family) {
		/* [::] takes IPv4 as well. */
		if (family != PW_INET || !any || s->s.flags & PW_F_V6ONLY)
			return 0;
		if (s->lacks & PW_LACKS_V6ONLY)
			return -1;
	} else if (!any && !addr_equal(of, &addr, family, to)) {
		return 0;
	}
	return 1 + 4 * !any + 2 * (s->s.ifindex != 0) + (s->s.family == family);
}

/* Whom a connection to this address comes to, if to anybody. False: the kernel chooses by what is
 * not known, such as the order of its table. */
static bool find_local(struct crowd *ret, const struct servers *v, uint8_t family,
		       const struct pw_addr *to)
{
	const struct socket *best = NULL;
	int most = 0, unknown = 0;
	bool tie = false;

	for (size_t i = 0; i < v->nr; i++) {
		int fits = serves(v, v->all[i]) ? score(v->all[i], family, to) : 0;

		unknown += fits < 0;
		if (fits > most) {
			most = fits;
			best = v->all[i];
			tie = false;
		} else if (fits > 0 && fits == most && !are_grouped(best, v->all[i])) {
			tie = true;
		}
	}
	/* An unknown option concerns [::] for IPv4 alone, which every other address beats. */
	if (tie || (unknown && most <= 1))
		return false;
	if (best)
		add_group(ret, v, best);
	return true;
}

/* Whether localhost comes to somebody who has this socket, by whichever socket of his. */
static bool is_reached(const struct reach *r, const struct servers *v, const struct socket *s)
{
	for (size_t i = 0; i < s->nr_holders; i++)
		for (size_t k = 0; k < 2; k++)
			if (has(&r->local[k], &v->a->processes[s->holders[i].process]))
				return true;
	return false;
}

/* Whether somebody serves the port whom localhost does not come to. */
static bool any_other(const struct reach *r, const struct servers *v)
{
	for (size_t i = 0; i < v->nr; i++)
		if (serves(v, v->all[i]) && !is_reached(r, v, v->all[i]))
			return true;
	return false;
}

/* Whether the owner of each server is known. */
static bool are_known(const struct servers *v)
{
	for (size_t i = 0; i < v->nr; i++)
		if (serves(v, v->all[i]) && !v->all[i]->nr_holders)
			return false;
	return true;
}

/* Whether the question is about localhost, too. */
static bool asks_local(const struct portspec *asked, uint16_t port)
{
	for (size_t i = 0; i < asked->nr; i++) {
		const struct port_range *range = &asked->ranges[i];

		if (port >= range->first && port <= range->last &&
		    (!range->family || addr_is_any(range->family, &range->addr) ||
		     addr_is_loopback(range->family, &range->addr)))
			return true;
	}
	return false;
}

void reach_fill(struct verdict *v, const struct answer *a, const struct evidence *e,
		const struct portspec *asked, uint32_t netns)
{
	static const struct pw_addr v4 = { .b = { 127, 0, 0, 1 } }, v6 = { .b = { [15] = 1 } };
	const struct servers servers = { a, e->all, e->nr_of_port, netns };
	struct reach *r = &v->reach;

	r->proto = v->proto;
	find_shared(r, &servers, e->nr);
	if (!asks_local(asked, v->port) || !are_known(&servers))
		return;
	if (!find_local(&r->local[0], &servers, PW_INET, &v4) ||
	    !find_local(&r->local[1], &servers, PW_INET6, &v6))
		return;
	r->tells_local = (r->local[0].nr || r->local[1].nr) &&
			 (any_other(r, &servers) || (r->local[0].nr && r->local[1].nr &&
						     !are_equal(&r->local[0], &r->local[1])));
}

/* ---- words ---- */

static void add_crowd(struct strbuf *out, const struct crowd *c, const char *last)
{
	for (size_t i = 0; i < c->nr && i < REACH_NAMES; i++) {
		const struct somebody *one = &c->v[i];

		strbuf_adds(out, !i ? "" : i + 1 == c->nr ? last : ", ");
		strbuf_add(out, one->comm, strnlen(one->comm, sizeof(one->comm)));
		strbuf_adds(out, *one->comm ? "" : "a nameless process");
		strbuf_addf(out, " (pid %u)", one->pid);
	}
	if (c->nr > REACH_NAMES)
		strbuf_addf(out, "%s%zu more", last, c->nr - REACH_NAMES);
}

void reach_add_shared(struct strbuf *out, const struct reach *r)
{
	if (!r->shared.nr)
		return;
	strbuf_addf(out, "%s are shared out between ",
		    r->proto == PW_UDP ? "datagrams" : "connections");
	add_crowd(out, &r->shared, " and ");
}

void reach_add_local(struct strbuf *out, const struct reach *r)
{
	const struct crowd *v4 = &r->local[0], *v6 = &r->local[1];

	if (!r->tells_local)
		return;
	strbuf_adds(out, "localhost reaches ");
	add_crowd(out, v6->nr ? v6 : v4, " or ");
	if (v4->nr && v6->nr && are_equal(v4, v6))
		return;
	strbuf_addf(out, " over %s%s", v6->nr ? "::1" : "127.0.0.1",
		    v4->nr && v6->nr ? ", " : " only");
	if (!v4->nr || !v6->nr)
		return;
	add_crowd(out, v4, " or ");
	strbuf_adds(out, " over 127.0.0.1");
}
