// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/explain_facts.h"

#include <inttypes.h>
#include <string.h>

#include "base/addr.h"
#include "model/explain_rest.h"

#define MAX_ACTORS 16

static void end_fact_if_any(struct writer *w)
{
	if (w->text.len)
		end_fact(w, REMARK_MATTERS);
}

/* All of those in the way have this option? */
static bool all_have(const struct writer *w, uint32_t flag)
{
	for (size_t i = 0; i < w->e->nr; i++)
		if (is_here(w, w->e->all[i]) && !(w->e->all[i]->s.flags & flag))
			return false;
	return true;
}

static bool any_listens(const struct writer *w)
{
	for (size_t i = 0; i < w->e->nr; i++)
		if (is_here(w, w->e->all[i]) && w->e->all[i]->s.state == PW_LISTEN)
			return true;
	return false;
}

static const struct socket *one_of_group(const struct writer *w)
{
	for (size_t i = 0; i < w->e->nr; i++)
		if (is_here(w, w->e->all[i]) && w->e->all[i]->bind.known && !w->e->all[i]->timewait)
			return w->e->all[i];
	return NULL;
}

static void tell_group(struct writer *w)
{
	const struct socket *s = all_have(w, PW_F_REUSEPORT) ? one_of_group(w) : NULL;

	if (!s)
		return;
	if (s->bind.uid != w->facts->uid)
		fact(w, REMARK_MATTERS,
		     "a SO_REUSEPORT group of user %u: sockets of user %u cannot join it",
		     s->bind.uid, w->facts->uid);
	else
		fact(w, REMARK_MATTERS,
		     "a SO_REUSEPORT group of user %u: sockets of that user that set it can join",
		     s->bind.uid);
}

/* Tell which option would help, or why none does. */
static void tell_options(struct writer *w)
{
	const struct verdict *v = w->v;

	tell_group(w);
	if (v->with_reuseaddr)
		fact(w, REMARK_MATTERS,
		     "a socket that sets SO_REUSEADDR can bind it now, since those there set it as well");
	else if (!v->with_reuseport && w->e->with_both)
		fact(w, REMARK_MATTERS,
		     "a socket that sets both SO_REUSEADDR and SO_REUSEPORT can bind it now");
	else if (!v->with_reuseport && any_listens(w))
		fact(w, REMARK_DETAIL, "SO_REUSEADDR won't help: it is listening");
	else if (!v->with_reuseport)
		fact(w, REMARK_DETAIL,
		     "SO_REUSEADDR won\'t help: not every socket there has set it");
}

static void tell_timewait(struct writer *w)
{
	if (!w->e->nr_timewait)
		return;
	strbuf_addf(&w->text, "plus %zu closed connection%s in TIME-WAIT", w->e->nr_timewait,
		    plural(w->e->nr_timewait));
	if (w->e->timewait->has_expires)
		strbuf_addf(&w->text, " (%s in %" PRIu64 " s)",
			    w->e->nr_timewait == 1 ? "expires" : "last expires",
			    (w->e->timewait->expires_ms + 999) / 1000);
	end_fact(w, REMARK_COUNT);
}

/* Nobody is kept waiting at a server that works, but for moments. */
static void tell_queue(struct writer *w)
{
	const struct queue *q = &w->v->queue;

	if (!q->waiting && !q->drops)
		return;
	queue_describe(&w->text, q);
	end_fact(w, q->waiting ? REMARK_MATTERS : REMARK_DETAIL);
}

static void tell_elsewhere(struct writer *w, uint32_t netns)
{
	const char *name = w->facts->netns_name ? w->facts->netns_name(netns) : NULL;

	if (!netns) /* its number could not be read */
		fact(w, REMARK_MATTERS, "what is bound there does not block it here");
	else if (name)
		fact(w, REMARK_MATTERS,
		     "network namespace %s: what is bound there does not block it here", name);
	else
		fact(w, REMARK_MATTERS,
		     "network namespace %u: what is bound there does not block it here", netns);
}

static void tell_creator(struct writer *w, const struct socket *s)
{
	const struct pw_actor *c = &s->s.creator;

	if (!c->tgid || !s->creator_gone)
		return;
	strbuf_adds(&w->text, "opened by ");
	add_name(&w->text, c->comm, c->tgid);
	strbuf_adds(&w->text, ", which has exited");
	end_fact(w, REMARK_MATTERS);
}

/* Tell that the kernel chose the port for an outgoing connection, which is in a server's way. */
static void tell_ephemeral(struct writer *w, const struct socket *s)
{
	char peer[ADDR_PORT_LEN];

	if (listens(s) || s->s.state == PW_BOUND || !s->s.rport || s->s.flags & PW_F_EXPLICIT)
		return;
	if (w->v->port < w->facts->range_first || w->v->port > w->facts->range_last)
		return;
	if (addr_is_own_peer(&s->s)) {
		fact(w, REMARK_MATTERS,
		     "it connected to this port while nobody listened there, and the kernel picked "
		     "the very port for it; net.ipv4.ip_local_reserved_ports would keep it free");
		return;
	}
	addr_format_port(s->s.family, &s->s.raddr, s->s.rport, peer);
	fact(w, REMARK_MATTERS,
	     "the kernel picked this port for a connection to %s; "
	     "net.ipv4.ip_local_reserved_ports would keep it free",
	     peer);
}

struct leaver {
	const struct pw_actor *actor;
	size_t nr;
};

/* Tell who left the connections that are in TIME-WAIT, in the order in which they are met. */
static void tell_leavers(struct writer *w)
{
	struct leaver leavers[MAX_ACTORS];
	size_t nr = 0, unknown = 0, i, k;

	for (i = 0; i < w->e->nr; i++) {
		const struct socket *s = w->e->all[i];

		if (s->s.state != PW_TIME_WAIT || !is_here(w, s))
			continue;
		for (k = 0; k < nr && (leavers[k].actor->tgid != s->s.creator.tgid ||
				       leavers[k].actor->start_ns != s->s.creator.start_ns);
		     k++)
			;
		if (!s->s.creator.tgid || (k == nr && nr == MAX_ACTORS))
			unknown++;
		else if (k < nr)
			leavers[k].nr++;
		else
			leavers[nr++] = (struct leaver){ &s->s.creator, 1 };
	}
	if (!nr)
		return;
	strbuf_adds(&w->text, "left by ");
	for (k = 0; k < nr && k < EXPLAIN_NAMES; k++) {
		strbuf_adds(&w->text, k ? ", " : "");
		add_name(&w->text, leavers[k].actor->comm, leavers[k].actor->tgid);
		if (leavers[k].nr > 1)
			strbuf_addf(&w->text, " (%zu)", leavers[k].nr);
	}
	for (; k < nr; k++)
		unknown += leavers[k].nr;
	if (unknown)
		strbuf_addf(&w->text, " and others (%zu)", unknown);
	end_fact(w, REMARK_MATTERS);
}

static void tell_last_user(struct writer *w, const struct socket *s, const char *what)
{
	const struct pw_actor *who = sock_owner(&s->s);
	char peer[ADDR_PORT_LEN];

	if (who->tgid) {
		strbuf_addf(&w->text, "%s by ", what);
		add_name(&w->text, who->comm, who->tgid);
		end_fact(w, REMARK_MATTERS);
	}
	if (s->s.rport) {
		addr_format_port(s->s.family, &s->s.raddr, s->s.rport, peer);
		fact(w, REMARK_MATTERS, "its peer is %s", peer);
	}
	lasts_add(&w->text, s->waits_for, s->retransmits);
	strbuf_adds(&w->text, w->text.len && s->has_expires ? "; the kernel gives it up then" : "");
	end_fact_if_any(w);
}

/* Tell to which of several servers a connection comes. */
static void tell_reach(struct writer *w)
{
	reach_add_shared(&w->text, &w->v->reach);
	end_fact_if_any(w);
	reach_add_local(&w->text, &w->v->reach);
	end_fact_if_any(w);
}

/* A connection whose peer has closed stays until the process closes it, too: forever, if it forgets
 * to. */
static void tell_connections(struct writer *w)
{
	size_t nr = w->e->nr_connections, left = w->e->nr_close_wait;

	strbuf_addf(&w->text, "plus %zu open connection%s", nr, plural(nr));
	if (left)
		strbuf_addf(&w->text, ", %zu of them closed by the peer alone (CLOSE_WAIT)", left);
	end_fact(w, REMARK_COUNT);
}

static void tell_held(struct writer *w, const struct socket *held)
{
	tell_reach(w);
	tell_dual(w);
	tell_ephemeral(w, held);
	tell_creator(w, held);
	tell_queue(w);
	if (listens(held) && w->e->nr_connections)
		tell_connections(w);
	tell_timewait(w);
}

void explain_facts(struct writer *w)
{
	const struct evidence *e = w->e;

	switch (w->v->why) {
	case WHY_HELD:
		tell_held(w, e->held);
		break;
	case WHY_BOUND:
		tell_dual(w);
		if (w->v->proto == PW_TCP)
			fact(w, REMARK_MATTERS,
			     "it accepts no connections before listen(), and ss does not show it");
		tell_creator(w, e->bound);
		tell_timewait(w);
		break;
	case WHY_INFLIGHT:
		tell_dual(w);
		tell_last_user(w, e->inflight, "last used");
		break;
	case WHY_ORPHAN:
		tell_last_user(w, e->orphan, "closed");
		tell_timewait(w);
		break;
	case WHY_TIMEWAIT:
		tell_leavers(w);
		if (e->nr_not_reusable && e->nr_not_reusable < e->nr_timewait)
			fact(w, REMARK_MATTERS, "%zu of them without SO_REUSEADDR",
			     e->nr_not_reusable);
		break;
	case WHY_OTHER_NETNS:
		tell_elsewhere(w, e->elsewhere->s.netns);
		return;
	case WHY_PRIVILEGED:
		fact(w, REMARK_MATTERS,
		     "net.ipv4.ip_unprivileged_port_start=%u would let every user bind it",
		     w->v->port);
		return;
	case WHY_RESERVED:
		fact(w, REMARK_MATTERS, EXPLAIN_NAMED);
		return;
	case WHY_KERNEL:
	case WHY_UNKNOWN:
	case WHY_FREE:
	case WHY_MAX:
		break;
	}
	if (w->v->why == WHY_FREE)
		return;
	if (w->v->why != WHY_TIMEWAIT)
		tell_options(w);
	tell_what_is_free(w);
}
