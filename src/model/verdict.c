// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/verdict.h"

#include <errno.h>
#include <stdlib.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "model/bindrules.h"
#include "model/evidence.h"
#include "model/explain.h"

/* A key is a port and a protocol; a word of a port bitmap has those of 64 ports. */
#define MAX_KEY (2 * 65536u)
#define KEYS_PER_WORD (2 * 64u)

/* The question about one {protocol, port}. */
struct question {
	const struct portspec *asked;
	const struct verdict_facts *facts;
	const struct bind_request *on; /* by range: the device, as bind_on_device() has it */
	uint16_t port;
	uint8_t proto;
};

/* The binds that a question is about, one after the other: *at counts from 0, two for each range
 * asked for. False: no more. */
static bool next_bind(const struct question *q, size_t *at, struct bind_request *ret)
{
	for (; *at < 2 * q->asked->nr; ++*at) {
		const struct port_range *range = &q->asked->ranges[*at / 2];
		uint8_t family = *at % 2 ? PW_INET6 : PW_INET;

		if (q->port < range->first || q->port > range->last ||
		    (range->proto && range->proto != q->proto))
			continue;
		if (range->family ? range->family != family :
				    (q->facts->family && q->facts->family != family) ||
					    (family == PW_INET6 && q->facts->no_ipv6))
			continue;
		*ret = (struct bind_request){
			.netns = q->facts->netns,
			.uid = q->facts->uid,
			.port = q->port,
			.ifindex = q->on[*at / 2].ifindex,
			.vrf = q->on[*at / 2].vrf,
			.proto = q->proto,
			.family = family,
			.v6only = q->facts->v6only,
		};
		if (range->family)
			ret->addr = range->addr;
		++*at;
		return true;
	}
	return false;
}

/* Whether the socket is in the way of a bind that was asked for, or would be in its namespace. */
static bool in_the_way(const struct question *q, const struct socket *s)
{
	struct bind_request r;
	size_t at = 0;

	while (next_bind(q, &at, &r)) {
		const char *device = q->asked->ranges[(at - 1) / 2].device;

		if (!devices_meet(device, s->device))
			continue;
		/* Elsewhere a device of this name has another number. */
		if (*device && s->s.ifindex) {
			r.ifindex = s->s.ifindex;
			r.vrf = r.proto == PW_TCP ? (uint32_t)s->bind.vrf : 0;
		}
		r.netns = 0;
		if (bind_conflicts(&r, s))
			return true;
	}
	return false;
}

/* Would each of the binds succeed with these options? family 0: all of them. */
static bool would_bind(const struct question *q, const struct evidence *e, uint8_t family,
		       bool reuseaddr, bool reuseport)
{
	struct bind_request r;
	size_t at = 0;

	while (next_bind(q, &at, &r)) {
		if (family && r.family != family)
			continue;
		r.reuseaddr = reuseaddr;
		r.reuseport = reuseport;
		r.v6only = r.v6only || family == PW_INET6;
		if (!bindable_among(e->all, e->nr_of_port, &r))
			return false;
	}
	return true;
}

static bool is_wildcard(const struct question *q)
{
	for (size_t i = 0; i < q->asked->nr; i++) {
		const struct port_range *range = &q->asked->ranges[i];

		if (q->port >= range->first && q->port <= range->last && range->family &&
		    !addr_is_any(range->family, &range->addr))
			return false;
	}
	return true;
}

static bool is_bare(const struct question *q)
{
	for (size_t i = 0; i < q->asked->nr; i++)
		if (q->asked->ranges[i].family)
			return false;
	return !q->facts->family && !q->facts->no_ipv6;
}

static enum why judge(const struct evidence *e, const struct verdict_facts *facts,
		      const struct question *q)
{
	uint16_t port = q->port;

	if (e->held)
		return WHY_HELD;
	if (e->bound)
		return WHY_BOUND;
	if (e->kernel)
		return WHY_KERNEL;
	if (e->inflight)
		return WHY_INFLIGHT;
	if (e->orphan)
		return WHY_ORPHAN;
	if (e->timewait)
		return WHY_TIMEWAIT;
	if (facts->netns_unknown ||
	    ((facts->bound_unknown || facts->bound_elsewhere) && q->proto == PW_TCP))
		return WHY_UNKNOWN;
	if (port < facts->unprivileged_start && !facts->may_bind_low)
		return WHY_PRIVILEGED;
	if (e->elsewhere)
		return WHY_OTHER_NETNS;
	if (facts->reserved && port_bit(facts->reserved, port))
		return WHY_RESERVED;
	return WHY_FREE;
}

/* Any one will do that is there now and whose end is told; a process's before the others. */
static uint64_t blocker(const struct evidence *e)
{
	const struct socket *const candidates[] = { e->held, e->bound, e->inflight, e->orphan };

	for (size_t i = 0; i < ARRAY_SIZE(candidates); i++)
		if (candidates[i] && candidates[i]->sk)
			return candidates[i]->sk;
	return 0;
}

/* When the last of those in the way ends by itself. False: one has no time that is known. */
static bool all_expire(const struct question *q, const struct evidence *e, uint64_t *ret_ms)
{
	uint64_t last = 0;

	for (size_t i = 0; i < e->nr; i++) {
		const struct socket *s = e->all[i];

		if (q->facts->netns && s->s.netns != q->facts->netns)
			continue;
		if (!s->has_expires)
			return false;
		last = s->expires_ms > last ? s->expires_ms : last;
	}
	*ret_ms = last;
	return true;
}

/* Only of those here. */
static void add_queue(struct queue *queue, const struct question *q, const struct evidence *e)
{
	for (size_t i = 0; i < e->nr_of_port; i++)
		if (!q->facts->netns || e->all[i]->s.netns == q->facts->netns)
			queue_add(queue, e->all[i]);
}

static int add_verdict(struct answer *a, const struct question *q, struct evidence *e)
{
	struct verdict *v = answer_add_verdict(a);

	if (!v)
		return -ENOMEM;
	v->port = q->port;
	v->proto = q->proto;
	v->blocker = blocker(e);
	v->wildcard = is_wildcard(q);
	v->implied = !portspec_proto(q->asked);
	v->why = judge(e, q->facts, q);
	add_queue(&v->queue, q, e);
	if (v->why == WHY_HELD)
		reach_fill(v, a, e, q->asked, q->facts->netns);
	v->bindable = v->why != WHY_PRIVILEGED && v->why != WHY_UNKNOWN &&
		      would_bind(q, e, 0, false, false);
	if (!v->bindable && v->why != WHY_PRIVILEGED && v->why != WHY_UNKNOWN) {
		v->with_reuseaddr = would_bind(q, e, 0, true, false);
		v->with_reuseport = would_bind(q, e, 0, false, true);
		e->with_both = would_bind(q, e, 0, true, true);
		if (is_bare(q)) {
			e->free_v4 = would_bind(q, e, PW_INET, false, false);
			e->free_v6 = would_bind(q, e, PW_INET6, false, false);
		}
	}
	if (v->why == WHY_TIMEWAIT || v->why == WHY_ORPHAN)
		v->has_frees_in = all_expire(q, e, &v->frees_in_ms);
	return explain(v, e, a, q->facts);
}

/* By port, TCP before UDP: the order of the verdicts. */
static uint32_t key(const struct socket *s)
{
	return (uint32_t)s->s.lport << 1 | (s->s.proto == PW_UDP);
}

static int compare(const void *pa, const void *pb)
{
	const struct socket *a = *(const struct socket *const *)pa;
	const struct socket *b = *(const struct socket *const *)pb;

	if (key(a) != key(b))
		return key(a) < key(b) ? -1 : 1;
	/* In the order of the answer, so that hints do not depend on qsort(). */
	return a < b ? -1 : a > b;
}

static const struct socket **sort_by_port(const struct answer *a)
{
	const struct socket **sorted;
	size_t i;

	sorted = calloc(a->nr_sockets + 1, sizeof(*sorted));
	if (!sorted)
		return NULL;
	for (i = 0; i < a->nr_sockets; i++)
		sorted[i] = &a->sockets[i];
	qsort(sorted, a->nr_sockets, sizeof(*sorted), compare);
	return sorted;
}

/* The first key from k on that was asked for, MAX_KEY if none. By words: a question for one
 * port must not cost a look at 65,535 others, which took longer than all the rest of it. */
static uint32_t next_key(uint64_t maps[2][PORTSPEC_WORDS], uint32_t k)
{
	while (k < MAX_KEY && !port_bit(maps[k & 1], k >> 1)) {
		if (k % KEYS_PER_WORD == 0 &&
		    !(maps[0][k / KEYS_PER_WORD] | maps[1][k / KEYS_PER_WORD]))
			k += KEYS_PER_WORD;
		else
			k++;
	}
	return k;
}

/* Gather the sockets of a port, which begin at *i; all are sorted by port. Move the sockets in the
 * way of what was asked for to the front of them, where e->all points. */
static void gather(const struct answer *a, const struct socket **sorted, size_t *i,
		   const struct question *q, struct evidence *e)
{
	uint32_t wanted = (uint32_t)q->port << 1 | (q->proto == PW_UDP);
	const struct socket **first;

	while (*i < a->nr_sockets && key(sorted[*i]) < wanted)
		++*i;
	first = sorted + *i;
	for (; *i < a->nr_sockets && key(sorted[*i]) == wanted; ++*i) {
		const struct socket *s = sorted[*i];

		e->nr_of_port++;
		if (!in_the_way(q, s))
			continue;
		sorted[*i] = first[e->nr];
		first[e->nr++] = s;
		evidence_add(e, s, q->facts);
	}
	e->all = first;
}

/* The devices asked for, one for each range. */
static struct bind_request *find_devices(const struct socket *const *all, size_t nr,
					 const struct portspec *asked, uint32_t netns)
{
	struct bind_request *on = calloc(asked->nr + 1, sizeof(*on));

	for (size_t i = 0; on && i < asked->nr; i++) {
		on[i].netns = netns;
		bind_on_device(&on[i], all, nr, asked->ranges[i].device);
	}
	return on;
}

int verdict_fill(struct answer *a, const struct portspec *asked, const struct verdict_facts *facts)
{
	_cleanup_free_ const struct socket **sorted = NULL;
	_cleanup_free_ struct bind_request *on = NULL;
	bool only_used = portspec_count(asked) > VERDICT_MAX_PORTS;
	uint64_t maps[2][PORTSPEC_WORDS];
	size_t i = 0;
	int r;

	sorted = sort_by_port(a);
	if (!sorted)
		return -ENOMEM;
	on = find_devices(sorted, a->nr_sockets, asked, facts->netns);
	if (!on)
		return -ENOMEM;
	portspec_bitmap(asked, PW_TCP, maps[0]);
	portspec_bitmap(asked, PW_UDP, maps[1]);

	for (uint32_t k = next_key(maps, 0); k < MAX_KEY; k = next_key(maps, k + 1)) {
		struct question q = {
			.asked = asked,
			.facts = facts,
			.on = on,
			.port = (uint16_t)(k >> 1),
			.proto = k & 1 ? PW_UDP : PW_TCP,
		};
		struct evidence e = {};

		gather(a, sorted, &i, &q, &e);
		if (!e.nr && only_used)
			continue;
		r = add_verdict(a, &q, &e);
		if (r < 0)
			return r;
	}
	return 0;
}

bool verdict_is_busy(const struct verdict *v)
{
	return v->why != WHY_FREE && v->why != WHY_PRIVILEGED && v->why != WHY_RESERVED &&
	       v->why != WHY_UNKNOWN;
}

bool verdict_any_unknown(const struct answer *a)
{
	for (size_t i = 0; i < a->nr_verdicts; i++)
		if (a->verdicts[i].why == WHY_UNKNOWN)
			return true;
	return false;
}
