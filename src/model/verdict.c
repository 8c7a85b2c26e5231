// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/verdict.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "model/names.h"

#define HINT_NAMES 3 /* holders named in a hint; the table has the rest */

/* A key is a port and a protocol; a word of a port bitmap has those of 64 ports. */
#define MAX_KEY (2 * 65536u)
#define KEYS_PER_WORD (2 * 64u)

/* The sockets of one {protocol, port} that were asked for, by what they do there. */
struct evidence {
	const struct socket *held, *bound, *kernel, *inflight, *orphan, *elsewhere;
	const struct socket *timewait; /* the one that ends last */
	size_t nr_timewait, nr_reusable;
};

static bool conflicts(const struct verdict_facts *facts, const struct socket *s)
{
	static const struct pw_addr any;

	return portspec_covers(facts->family, &any, s->s.family, &s->s.laddr,
			       s->s.flags & PW_F_V6ONLY);
}

/* States in which a socket lives on without a process. */
static bool is_closing(uint8_t state)
{
	switch (state) {
	case PW_FIN_WAIT1:
	case PW_FIN_WAIT2:
	case PW_CLOSING:
	case PW_LAST_ACK:
	case PW_CLOSE_WAIT:
	case PW_CLOSE:
		return true;
	default:
		return false;
	}
}

static void add_evidence(struct evidence *e, const struct socket *s,
			 const struct verdict_facts *facts)
{
	bool nobody = s->nr_holders == 0;
	/* A list of candidates proves nothing when it is empty. */
	bool proven = (s->resolved == RESOLVED_VERIFIED || s->resolved == RESOLVED_WALK) &&
		      !facts->partial_view;

	if (s->s.state == PW_TIME_WAIT) {
		e->nr_timewait++;
		e->nr_reusable += s->reusable;
		if (!e->timewait || s->expires_ms > e->timewait->expires_ms)
			e->timewait = s;
	} else if (s->s.flags & PW_F_KERNEL) {
		e->kernel = s;
	} else if (nobody && ((s->s.flags & PW_F_RELEASED) || (proven && is_closing(s->s.state)))) {
		e->orphan = s;
	} else if (nobody && proven && s->s.state != PW_NEW_SYN_RECV) {
		/* Connections nobody has accepted yet look like this as well; the listener
		 * that has them speaks for the port. */
		e->inflight = s;
	} else if (s->s.state == PW_BOUND) {
		e->bound = s;
	} else if (!e->held || s->s.state == PW_LISTEN || s->s.state == PW_UNCONN) {
		e->held = s;
	}
}

static enum why judge(const struct evidence *e, const struct verdict_facts *facts, uint16_t port)
{
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
	if (port < facts->unprivileged_start && !facts->may_bind_low)
		return WHY_PRIVILEGED;
	if (e->elsewhere)
		return WHY_OTHER_NETNS;
	if (facts->reserved && port_bit(facts->reserved, port))
		return WHY_RESERVED;
	return WHY_FREE;
}

static void add_holders(struct strbuf *out, const struct answer *a, const struct socket *s,
			const struct verdict_facts *facts)
{
	size_t i;

	for (i = 0; i < s->nr_holders && i < HINT_NAMES; i++) {
		const struct process *p = &a->processes[s->holders[i].process];

		strbuf_adds(out, i == 0 ? "" : ", ");
		strbuf_add(out, p->id.comm, strnlen(p->id.comm, PW_COMM_LEN));
		strbuf_addf(out, "[%u]", p->pid ? p->pid : p->id.tgid);
	}
	if (s->nr_holders > HINT_NAMES)
		strbuf_addf(out, " and %zu more", s->nr_holders - HINT_NAMES);
	if (s->nr_holders == 0)
		strbuf_adds(out, facts->partial_view ? "a process outside of this PID namespace" :
						       "an unknown process");
}

static const char *is_are(size_t nr)
{
	return nr == 1 ? "is" : "are";
}

static char *make_hint(const struct verdict *v, const struct evidence *e, const struct answer *a,
		       const struct verdict_facts *facts)
{
	_cleanup_(strbuf_done) struct strbuf hint = {};

	switch (v->why) {
	case WHY_HELD:
		strbuf_adds(&hint, "held by ");
		add_holders(&hint, a, e->held, facts);
		if (e->held->s.state != PW_LISTEN && e->held->s.state != PW_UNCONN)
			strbuf_addf(&hint, ", only by a connection (%s)",
				    names_state(e->held->s.state));
		break;
	case WHY_BOUND:
		strbuf_adds(&hint, "bound, but not listening, by ");
		add_holders(&hint, a, e->bound, facts);
		break;
	case WHY_KERNEL:
		strbuf_adds(&hint, "held by the kernel itself (such as NFS or a tunnel), not by a "
				   "process");
		break;
	case WHY_INFLIGHT:
		strbuf_adds(&hint, "open, but no process has it: its file descriptor is on its way "
				   "through a Unix socket");
		break;
	case WHY_ORPHAN:
		strbuf_addf(&hint, "a connection without a process is still closing (%s)",
			    names_state(e->orphan->s.state));
		break;
	case WHY_TIMEWAIT:
		strbuf_addf(&hint, "%zu closed connection%s %s in TIME-WAIT, no process holds it; ",
			    e->nr_timewait, e->nr_timewait == 1 ? "" : "s", is_are(e->nr_timewait));
		strbuf_adds(&hint, e->nr_reusable == e->nr_timewait ?
					   "a server that sets SO_REUSEADDR can bind it now" :
					   "SO_REUSEADDR does not help, because the closed socket "
					   "did not set it");
		break;
	case WHY_PRIVILEGED:
		strbuf_addf(&hint, "free, but ports below %u need CAP_NET_BIND_SERVICE",
			    facts->unprivileged_start);
		break;
	case WHY_OTHER_NETNS:
		strbuf_adds(&hint, "free here; in another network namespace it is in use by ");
		add_holders(&hint, a, e->elsewhere, facts);
		break;
	case WHY_RESERVED:
		strbuf_adds(&hint, "free, and reserved (net.ipv4.ip_local_reserved_ports): the "
				   "kernel never picks it by itself");
		break;
	case WHY_FREE:
	case WHY_MAX:
		break;
	}
	return hint.len ? strbuf_steal(&hint) : NULL;
}

static int add_verdict(struct answer *a, uint16_t port, uint8_t proto, const struct evidence *e,
		       const struct verdict_facts *facts)
{
	struct verdict *v = answer_add_verdict(a);

	if (!v)
		return -ENOMEM;
	v->port = port;
	v->proto = proto;
	v->why = judge(e, facts, port);
	v->bindable = v->why == WHY_FREE || v->why == WHY_OTHER_NETNS || v->why == WHY_RESERVED;
	if (v->why == WHY_TIMEWAIT && e->timewait->has_expires) {
		v->has_frees_in = true;
		v->frees_in_ms = e->timewait->expires_ms;
	}
	v->hint = make_hint(v, e, a, facts);
	return 0;
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

int verdict_fill(struct answer *a, const struct portspec *asked, const struct verdict_facts *facts)
{
	_cleanup_free_ const struct socket **sorted = NULL;
	uint64_t maps[2][PORTSPEC_WORDS];
	bool only_used = portspec_count(asked) > VERDICT_MAX_PORTS;
	const struct socket *s;
	uint32_t k;
	size_t i = 0;
	int r;

	sorted = sort_by_port(a);
	if (!sorted)
		return -ENOMEM;
	portspec_bitmap(asked, PW_TCP, maps[0]);
	portspec_bitmap(asked, PW_UDP, maps[1]);

	/* Key 2: there is no port 0. */
	for (k = next_key(maps, 2); k < MAX_KEY; k = next_key(maps, k + 1)) {
		uint16_t port = (uint16_t)(k >> 1);
		uint8_t proto = k & 1 ? PW_UDP : PW_TCP;
		struct evidence e = {};
		bool used = false;

		while (i < a->nr_sockets && key(sorted[i]) < k)
			i++;
		for (; i < a->nr_sockets && key(sorted[i]) == k; i++) {
			s = sorted[i];
			if (!portspec_match(asked, proto, s->s.family, &s->s.laddr, port,
					    s->s.flags & PW_F_V6ONLY) ||
			    !conflicts(facts, s))
				continue;
			used = true;
			if (facts->netns && s->s.netns != facts->netns)
				e.elsewhere = s;
			else
				add_evidence(&e, s, facts);
		}
		if (only_used && !used)
			continue;
		r = add_verdict(a, port, proto, &e, facts);
		if (r < 0)
			return r;
	}
	return 0;
}

bool verdict_is_busy(const struct verdict *v)
{
	return v->why != WHY_FREE && v->why != WHY_PRIVILEGED && v->why != WHY_RESERVED;
}
