// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An answer from the kernel's own tables: first the sockets, then who has descriptors of them, then
 * what decides whether their ports can be bound, if that is asked and no descriptor has told it.
 * A tracker that is not complete adds what it knows of a socket. What none of the sources knows is
 * noted.
 */
#include "track/query_kernel.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "sys/caps.h"
#include "tables/diag.h"
#include "tables/inode_set.h"
#include "tables/procnet.h"
#include "track/internal.h"
#include "track/owners.h"
#include "track/tour.h"

struct dump {
	struct gather *g;
	struct question q;
	bool must_know_binds;
	size_t outside;		   /* namespaces that were read without being entered */
	struct inode_set *entered; /* namespaces; NULL: nobody asks */
	enum how_seen about_seen;
};

static bool anyone_expected(const struct answer *a)
{
	for (size_t i = 0; i < a->nr_sockets; i++)
		if (owners_expected(&a->sockets[i]))
			return true;
	return false;
}

/* The walk finds the namespaces as well, thirty times as quickly as /proc among 2,000 processes:
 * if holders will be asked for, it is loaded before the other namespaces are. */
static void load_walk(struct gather *g)
{
	const enum prog_id walk = PROG_WALK;

	if (g->t->kind == TRACKER_SNAPSHOT && g->q->holders && anyone_expected(g->a))
		progs_load(g->t, &walk, 1);
}

static void note_seen(struct dump *d, uint32_t netns, enum how_seen how)
{
	if (netns == d->g->q->about)
		d->about_seen = how;
}

static int dump_netns(void *arg, uint32_t netns)
{
	struct dump *d = arg;
	int err = d->entered ? inode_set_add(d->entered, netns) : 0;

	if (err)
		return err;
	note_seen(d, netns, SEEN_WHOLE);
	if (d->must_know_binds)
		return fact_need(d->g->t, FACT_SOCKETS, KNOWS_BIND, &d->q, gather_socket, d->g);
	/* Reading the kernel's types takes longer than all the rest: only if they are at hand. */
	err = fact_get(d->g->t, FACT_SOCKETS, d->g->t->kind == TRACKER_SNAPSHOT ? 0 : KNOWS_BIND,
		       &d->q, gather_socket, d->g);
	load_walk(d->g);
	return err;
}

static int dump_from_outside(void *arg, uint32_t netns, uint32_t pid)
{
	struct dump *d = arg;
	int err;

	err = procnet_sockets(pid, &d->q, gather_socket, d->g);
	if (err == -ENOMEM)
		return err;
	d->outside += !err;
	if (!err)
		note_seen(d, netns, SEEN_OUTSIDE);
	return 0;
}

static int take_sockets(struct gather *g)
{
	struct dump d = { .g = g, .q = gather_question(g->q), .about_seen = SEEN_NOT };
	size_t unvisited = 0;
	int err = tour_all(g->t, g->q->netns, dump_netns, dump_from_outside, &d, &unvisited);

	if (d.outside || (g->t->source[FACT_SOCKETS] && g->t->source[FACT_SOCKETS]->hides_devices))
		g->a->unknown |= UNKNOWN_DEVICE;
	if (unvisited > d.outside)
		g->a->unknown |= UNKNOWN_NETNS;
	if (g->q->about)
		g->a->about_seen = d.about_seen;
	/* /proc/PID/net has none of these. */
	if (d.outside && question_wants_proto(&d.q, PW_TCP))
		g->a->unknown |= UNKNOWN_NETNS_BOUND;
	return err;
}

static bool sockets_show_bound(const struct gather *g)
{
	const struct source *s = g->t->source[FACT_SOCKETS];

	return s && s->shows_bound && s->shows_bound() > 0;
}

/* Spare the attempts at programs, which take longer than all the rest, where the kernel permits
 * none.
 */
static bool may_walk(void)
{
	return caps_have(CAP_SYS_ADMIN) || (caps_have(CAP_BPF) && caps_have(CAP_PERFMON));
}

/* A walk may meet sockets that are only bound and were not seen. */
static bool wants_bound(const struct gather *g)
{
	return !sockets_show_bound(g) || (g->a->unknown & UNKNOWN_NETNS_BOUND && may_walk());
}

static int on_holder(void *arg, const struct pw_rec *rec)
{
	struct gather *g = arg;

	return owners_add(g->a, &g->by_id, rec, NULL);
}

/* Of the sockets from this one on. */
static int ask_holders(struct gather *g, uint32_t pid, size_t from)
{
	struct question q = gather_question(g->q);
	struct inode_set inodes = INODE_SET;
	int err = 0;

	q.pid = pid;
	for (size_t i = from; i < g->a->nr_sockets && !err; i++)
		err = inode_set_add(&inodes, g->a->sockets[i].inode);
	q.inodes = &inodes;
	if (!err)
		err = fact_get(g->t, FACT_HOLDERS, KNOWS_REFS | (pid ? KNOWS_ONE : 0), &q,
			       on_holder, g);
	inode_set_done(&inodes);
	return err;
}

/* Note which holders could not be seen. */
static void note_blindness(struct gather *g)
{
	const struct procfd_blind *b = &g->t->blind;
	bool is_blind = b->unreadable || b->descriptors || b->concealed || b->confined;
	struct answer *a = g->a;

	a->blind = (struct blind){
		.processes = b->processes,
		.unreadable = b->unreadable,
		.descriptors = b->descriptors,
		.concealed = b->concealed,
		.confined = b->confined,
		.pid = b->pid,
		.uid = b->uid,
	};
	if (is_blind)
		a->unknown |= UNKNOWN_OTHER_HOLDERS;
	for (size_t i = 0; i < a->nr_sockets; i++) {
		const struct socket *s = &a->sockets[i];

		/* Of one without a number nobody was asked. */
		if (owners_expected(s) && !s->nr_holders && (is_blind || !s->inode))
			a->unknown |= UNKNOWN_HOLDERS;
	}
}

static int dump_bound(void *arg, uint32_t netns)
{
	const struct dump *d = arg;

	(void)netns;
	return diag_sockets(&d->q, gather_socket, d->g);
}

/* A walk over descriptors meets sockets that are only bound, in every namespace. Without it
 * sock_diag tells of them, if the sockets do not come from there: then there are more now. False:
 * it does not. */
static bool take_bound(struct gather *g)
{
	struct dump d = { .g = g, .q = gather_question(g->q) };

	d.q.states = 1u << PW_BOUND;
	return sockets_show_bound(g) ||
	       (diag_shows_bound() > 0 && !tour(g->t, g->q->netns, dump_bound, &d));
}

static bool is_want(int err)
{
	return err == -ENOMEM || err == -EMFILE || err == -ENFILE;
}

static bool walked(const struct gather *g)
{
	const struct source *s = g->t->source[FACT_HOLDERS];

	return s && s->knows & KNOWS_REFS;
}

static int take_holders(struct gather *g)
{
	enum resolved how = RESOLVED_UNKNOWN;
	size_t nr = g->a->nr_sockets;
	const struct source *s;
	int err = ask_holders(g, 0, 0);

	if (!err && walked(g))
		g->a->unknown &= ~UNKNOWN_NETNS_BOUND;
	else if (!is_want(err)) {
		if (!take_bound(g))
			g->a->unknown |= UNKNOWN_BOUND;
		if (!err && g->a->nr_sockets > nr)
			err = ask_holders(g, 0, nr);
	}
	if (is_want(err))
		return err;
	s = err ? NULL : g->t->source[FACT_HOLDERS];
	if (!s)
		g->a->unknown |= UNKNOWN_HOLDERS | UNKNOWN_OTHER_HOLDERS;
	else if (s->knows & KNOWS_REFS)
		how = RESOLVED_WALK;
	else
		how = RESOLVED_PROC;
	if (how == RESOLVED_PROC)
		note_blindness(g);
	for (size_t i = 0; i < g->a->nr_sockets; i++)
		if (how == RESOLVED_WALK || owners_expected(&g->a->sockets[i]))
			g->a->sockets[i].resolved = how;
	return 0;
}

static bool any_lacks_bind(const struct answer *a)
{
	for (size_t i = 0; i < a->nr_sockets; i++)
		if (socket_lacks_bind(&a->sockets[i]))
			return true;
	return false;
}

struct replaced {
	size_t nr; /* the first so many sockets were there before */
	bool all_new;
	struct inode_set entered; /* namespaces that the new source was asked in */
};

/* The kernel's tables that the new source reads have no socket that is only bound: of such the old
 * one tells alone. */
static bool is_current(void *arg, const struct answer *a, const struct socket *s)
{
	const struct replaced *r = arg;
	bool is_old = (size_t)(s - a->sockets) < r->nr;
	bool is_outside = s->s.netns && !inode_set_has(&r->entered, s->s.netns);

	return r->all_new && !is_outside ? !is_old || s->bind.known || s->s.state == PW_BOUND :
					   is_old;
}

/* Sockets without a descriptor, TIME-WAIT above all: a source that knows takes the place of what
 * one that does not has told of them. */
static int take_binds(struct gather *g)
{
	struct replaced r = { .nr = g->a->nr_sockets, .entered = INODE_SET };
	struct dump d = {
		.g = g, .q = gather_question(g->q), .must_know_binds = true, .entered = &r.entered
	};
	int err;

	if (!g->q->ports || !any_lacks_bind(g->a))
		return 0;
	err = tour(g->t, g->q->netns, dump_netns, &d);
	r.all_new = !err;
	if (err != -ENOMEM)
		err = gather_keep(g, is_current, &r);
	inode_set_done(&r.entered);
	if (err == -ENOMEM)
		return err;
	if (any_lacks_bind(g->a))
		g->a->unknown |= UNKNOWN_BIND;
	return err;
}

/* A descriptor, or a source asked later, may have told it. */
static void settle_devices(struct answer *a)
{
	if (!any_lacks_bind(a))
		a->unknown &= ~UNKNOWN_DEVICE;
}

/* Add what a tracker remembers of the sockets, though its maps do not have all of them. */
static void add_memory(struct gather *g)
{
	int fd = g->a->from_tracker ? tracker_map(g->t, MAP_SOCKETS) : -1;

	for (size_t i = 0; i < g->a->nr_sockets && fd >= 0; i++) {
		struct socket *s = &g->a->sockets[i];
		struct pw_sock entry;

		if (!s->sk || bpf_map_lookup_elem(fd, &s->sk, &entry) || !entry.cookie ||
		    entry.cookie != s->s.cookie)
			continue;
		s->s.creator = entry.creator;
		s->s.user = entry.user;
		s->s.since_ns = entry.since_ns;
		s->s.listen_ns = entry.listen_ns;
		s->s.flags |= entry.flags & (PW_F_INFERRED | PW_F_CONNECTED | PW_F_ACCEPTED);
	}
}

int query_kernel(struct gather *g)
{
	int err = take_sockets(g);

	if (!err && ((g->q->holders && anyone_expected(g->a)) || wants_bound(g)))
		err = take_holders(g);
	if (!err)
		err = take_binds(g);
	settle_devices(g->a);
	add_memory(g);
	return err;
}

int query_process(struct tracker *t, const struct query *q, uint32_t pid, struct answer *a)
{
	struct gather g = { .t = t, .q = q, .a = a };
	struct question question = gather_question(q);
	int err;

	if (!pid)
		return -EINVAL;
	question.pid = pid;
	err = fact_need(t, FACT_HOLDERS, KNOWS_BIND, &question, on_holder, &g);
	if (err && err != -ESRCH && err != -ENOMEM) {
		err = take_sockets(&g);
		if (!err)
			err = ask_holders(&g, pid, 0);
	}
	sockmap_done(&g.by_id);
	if (err && err != -ESRCH)
		return failed(err, "cannot look at the files of process %u: %s", pid,
			      strerror(-err));
	return 0;
}
