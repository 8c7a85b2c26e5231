// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "model/crew.h"
#include "model/explain_facts.h"
#include "model/names.h"

/* Name the user of a holder that is not seen: most likely the user who made the socket. */
static void add_unseen(struct writer *w, const struct socket *s)
{
	const char *name = s->has_uid && w->facts->user_name ? w->facts->user_name(s->uid) : NULL;

	if (w->facts->partial_view)
		strbuf_adds(&w->text, "a process outside of this PID namespace");
	else if (!(w->a->unknown & UNKNOWN_HOLDERS) || !s->has_uid)
		strbuf_adds(&w->text, "an unknown process");
	else if (name)
		strbuf_addf(&w->text, "a process of %s that you may not inspect", name);
	else
		strbuf_addf(&w->text, "a process of user %u that you may not inspect", s->uid);
}

/* Count the holders of the sockets that speak for the port: those like `first`, so the listening
 * ones if there are any. */
static int count_holders(const struct writer *w, const struct socket *first, struct crews *crews)
{
	int err = 0;

	for (size_t i = 0; i < w->e->nr && !err; i++) {
		const struct socket *s = w->e->all[i];

		if (listens(s) == listens(first) &&
		    (s->s.state == PW_BOUND) == (first->s.state == PW_BOUND) &&
		    is_here(w, s) == is_here(w, first))
			err = crews_add_holders(crews, w->a, s);
	}
	return err;
}

/* "nginx (pid 812) +2, node (pid 900)": a server and its workers are named together. */
static void add_holders(struct writer *w, const struct socket *first)
{
	_cleanup_(crews_done) struct crews crews = {};
	size_t more = 0;

	if (count_holders(w, first, &crews)) {
		w->err = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < crews.list.nr; i++) {
		const struct crew *crew = &crews.list.v[i];
		const struct process *p = &w->a->processes[crew->leader];

		if (i >= EXPLAIN_NAMES) {
			more += 1 + crew->others;
			continue;
		}
		strbuf_adds(&w->text, i ? ", " : "");
		add_name(&w->text, p->id.comm, p->pid ? p->pid : p->id.tgid);
		if (crew->others)
			strbuf_addf(&w->text, " +%zu", crew->others);
	}
	if (more)
		strbuf_addf(&w->text, " and %zu more", more);
	if (!crews.list.nr)
		add_unseen(w, first);
}

static const char *timewait_cure(const struct writer *w)
{
	if (w->v->with_reuseaddr)
		return "a server that sets SO_REUSEADDR can bind it now";
	if (w->v->with_reuseport)
		return "a server that sets SO_REUSEPORT can bind it now";
	if (w->e->with_both)
		return "a server that sets SO_REUSEADDR and SO_REUSEPORT can bind it now";
	return "SO_REUSEADDR won't help: the closed socket did not set it";
}

static void tell_ring(struct strbuf *out, const struct socket *s)
{
	strbuf_adds(out, "open without a descriptor: ");
	add_name(out, s->kept_comm, s->kept_pid);
	if (s->kept_others)
		strbuf_adds(out, " and others have it in an io_uring");
	else
		strbuf_addf(out, " has it in an io_uring; ending it frees the port: kill %u",
			    s->kept_pid);
}

/* No descriptor leads to it. Why is open-ended: a queue of a Unix socket, an io_uring, a system
 * call, a process that cannot be seen; only what was found is named. */
static void tell_nobody(struct writer *w, const struct socket *s)
{
	const struct pw_actor *who = sock_owner(&s->s);
	struct strbuf *out = &w->text;

	if (s->kept_pid && !s->kept_call) {
		tell_ring(out, s);
		return;
	}
	strbuf_adds(out, "open, but no visible process holds it");
	if (s->kept_pid) {
		strbuf_adds(out, ": a thread of ");
		add_name(out, s->kept_comm, s->kept_pid);
		strbuf_addf(out,
			    " is inside %s on a descriptor that was closed; ending it frees the "
			    "port: kill %u",
			    s->kept_call, s->kept_pid);
	} else if (who->tgid && s->creator_alive && !s->s.user.tgid) {
		strbuf_adds(out, "; ");
		add_name(out, who->comm, who->tgid);
		strbuf_addf(out,
			    " opened it and is still running; ending it may free the port: kill %u",
			    who->tgid);
	} else if (s->s.state == PW_LISTEN || s->s.state == PW_BOUND || s->s.state == PW_UNCONN) {
		strbuf_adds(out,
			    "; it may be in the queue of a Unix socket, in an io_uring or in a "
			    "system call");
	}
}

static void tell_held(struct writer *w, const struct socket *held)
{
	strbuf_adds(&w->text, "in use by ");
	add_holders(w, held);
	if (!listens(held))
		strbuf_addf(&w->text, ", only by a connection%s (%s)",
			    addr_is_own_peer(&held->s) ? " to itself" : "",
			    names_state(held->s.state));
	strbuf_adds(&w->text, queue_is_full(&w->v->queue) ? ", not accepting" : "");
}

static void tell_timewait(struct writer *w)
{
	size_t nr = w->e->nr_timewait;

	strbuf_addf(&w->text,
		    "%zu closed connection%s %s in TIME-WAIT, and no process holds the port; %s",
		    nr, plural(nr), is_are(nr), timewait_cure(w));
}

static const char *what_is_unseen(const struct verdict_facts *facts)
{
	if (facts->netns_unknown)
		return "that network namespace can be neither entered nor read";
	if (facts->bound_elsewhere)
		return "nobody listens and nobody is connected; whether a process has merely "
		       "bound it can be told inside that network namespace alone, which cannot be "
		       "entered";
	return "nobody listens and nobody is connected; only sock_diag and BPF could tell whether "
	       "a process has merely bound it, and both are refused";
}

static void tell_sentence(struct writer *w)
{
	const struct evidence *e = w->e;
	struct strbuf *out = &w->text;

	switch (w->v->why) {
	case WHY_HELD:
		tell_held(w, e->held);
		break;
	case WHY_BOUND:
		strbuf_adds(out, "bound, but not listening, by ");
		add_holders(w, e->bound);
		break;
	case WHY_KERNEL:
		strbuf_adds(out, "in use by the kernel itself (such as NFS or a tunnel), not by a "
				 "process");
		break;
	case WHY_INFLIGHT:
		tell_nobody(w, e->inflight);
		break;
	case WHY_ORPHAN:
		strbuf_addf(
			out,
			"a connection is still closing (%s), and no process holds the port any more",
			names_state(e->orphan->s.state));
		break;
	case WHY_TIMEWAIT:
		tell_timewait(w);
		break;
	case WHY_PRIVILEGED:
		strbuf_addf(out, "free, but ports below %u need CAP_NET_BIND_SERVICE",
			    w->facts->unprivileged_start);
		if (w->facts->by_sudo)
			strbuf_addf(out, ": user %u needs sudo to start the server as well",
				    w->facts->uid);
		break;
	case WHY_OTHER_NETNS:
		strbuf_adds(out, "free here; in another network namespace it is in use by ");
		add_holders(w, e->elsewhere);
		break;
	case WHY_RESERVED:
		strbuf_adds(out,
			    "free, and reserved (net.ipv4.ip_local_reserved_ports): the kernel "
			    "never picks it by itself");
		break;
	case WHY_UNKNOWN:
		strbuf_adds(out, what_is_unseen(w->facts));
		break;
	case WHY_FREE:
	case WHY_MAX:
		break;
	}
}

int explain(struct verdict *v, const struct evidence *e, const struct answer *a,
	    const struct verdict_facts *facts)
{
	struct writer w = { .v = v, .e = e, .a = a, .facts = facts };

	tell_sentence(&w);
	if (w.text.len)
		v->hint = strdup(strbuf_str(&w.text));
	if (w.text.len && (!v->hint || strbuf_error(&w.text)))
		w.err = -ENOMEM;
	strbuf_reset(&w.text);
	explain_facts(&w);
	strbuf_done(&w.text);
	return w.err;
}
