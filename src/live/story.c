// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/story.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "live/story_conn.h"

#define MAX_CALLS 65536 /* threads that are remembered in a system call */

/* A thread's system call that has begun. */
struct call {
	uint64_t tid;
	enum trace_kind kind;
	int32_t fd;
	uint32_t backlog;
	uint64_t sk; /* LISTEN: the socket that has got this state, 0: none yet */
};

void story_init(struct story *s, const struct story_ops *ops)
{
	*s = (struct story){
		.ops = *ops,
		.somaxconn = UINT32_MAX,
		.conns = HMAP(struct conn, sk),
		.calls = HMAP(struct call, tid),
	};
}

void story_done(struct story *s)
{
	hmap_done(&s->conns);
	hmap_done(&s->calls);
	free(s->listeners.v);
	free(s->unaccepted.v);
}

void story_forget(struct story *s)
{
	hmap_clear(&s->conns);
	hmap_clear(&s->calls);
	s->nr_ended = s->listeners.nr = s->unaccepted.nr = 0;
}

/* ---- system calls ---- */

static int begin_call(struct story *s, const struct trace *t)
{
	uint64_t thread = t->tid;
	struct call *c;

	if (s->calls.nr >= MAX_CALLS)
		hmap_clear(&s->calls);
	c = hmap_put(&s->calls, &thread);
	if (!c)
		return -ENOMEM;
	c->kind = t->kind;
	c->fd = t->fd;
	c->backlog = t->backlog;
	c->sk = 0;
	return 0;
}

/* The call of this kind that the thread is in; NULL: it is in none. */
static struct call *call_of(const struct story *s, uint32_t tid, enum trace_kind kind)
{
	struct call *c = hmap_get(&s->calls, &(uint64_t){ tid });

	return c && c->kind == kind ? c : NULL;
}

/* ---- events ---- */

static int emit(struct story *s, const struct conn *c, const struct trace *t, uint8_t kind,
		uint8_t old, uint8_t new)
{
	struct pw_event ev = {
		.time_ns = t->time_ns,
		.netns = c->s.netns,
		.lport = c->s.lport,
		.rport = new == PW_LISTEN || old == PW_LISTEN ? 0 : c->s.rport,
		.kind = kind,
		.family = c->s.family,
		.proto = PW_TCP,
		.old_state = old,
		.new_state = new,
		.flags = (c->inferred && c->s.creator.tgid ? PW_EF_INFERRED : 0) |
			 (c->s.flags & PW_F_SEEDED ? PW_EF_SEEDED : 0) |
			 (kind == PW_EV_TIMEWAIT ? PW_EF_ESTIMATED : 0),
		.actor = c->s.creator,
		.sk = c->sk,
		.cookie = c->s.cookie,
		.laddr = c->s.laddr,
		.backlog = kind == PW_EV_LISTEN ? c->s.backlog : 0,
	};

	if (ev.rport)
		ev.raddr = c->s.raddr;
	if (kind == PW_EV_CLOSE && c->s.since_ns)
		ev.age_ns = t->time_ns - c->s.since_ns;
	return s->emit(s->emit_arg, &ev);
}

/* The thread that was running has the socket: it called for what happened. */
static void used_by(struct story *s, struct conn *c, uint32_t tid)
{
	struct pw_actor actor;
	uint32_t netns;

	if (!s->ops.process(s->ops.arg, tid, &actor, &netns))
		return;
	c->s.creator = actor;
	c->inferred = false;
	if (!c->s.netns)
		c->s.netns = netns;
}

static int close_once(struct story *s, struct conn *c, const struct trace *t)
{
	if (c->closed)
		return 0;
	c->closed = true;
	return emit(s, c, t, PW_EV_CLOSE, c->s.state, c->s.state);
}

/* ---- states ---- */

static int tell_listen(struct story *s, struct conn *c, const struct trace *t)
{
	int err = 0;

	/* The kernel chooses the port after this state, where bind() has not. */
	if (!c->s.lport) {
		s->wants_look = true;
		return 0;
	}
	if (!s->ops.is_bound(s->ops.arg, &c->s))
		err = emit(s, c, t, PW_EV_BIND, PW_CLOSE, PW_BOUND);
	return err ?: emit(s, c, t, PW_EV_LISTEN, PW_CLOSE, PW_LISTEN);
}

/* The kernel has refused the socket a local port. */
static int tell_refused(struct story *s, const struct conn *c, const struct trace *t, uint8_t call,
			int32_t error)
{
	struct pw_event ev = {
		.time_ns = t->time_ns,
		.netns = c->s.netns,
		.lport = c->s.lport,
		.rport = call == PW_CALL_CONNECT ? c->s.rport : 0,
		.kind = PW_EV_BIND_FAILED,
		.family = c->s.family,
		.proto = PW_TCP,
		.call = call,
		.actor = c->s.creator,
		.sk = c->sk,
		.cookie = c->s.cookie,
		.laddr = c->s.laddr,
		.error = error,
	};

	if (ev.rport)
		ev.raddr = c->s.raddr;
	return s->emit(s->emit_arg, &ev);
}

static int on_listen(struct story *s, const struct trace *t)
{
	struct call *call = call_of(s, t->tid, TRACE_LISTEN);
	struct conn *c = conn_begin(s, t);

	if (!c)
		return -ENOMEM;
	c->s.state = PW_LISTEN;
	c->s.rport = 0;
	used_by(s, c, t->tid);
	if (conn_add_listener(s, c))
		return -ENOMEM;
	if (call) {
		c->s.backlog = call->backlog < s->somaxconn ? call->backlog : s->somaxconn;
		c->inode = s->ops.inode(s->ops.arg, t->tid, call->fd);
		/* The call may fail yet, because of others on the port: its end tells what came
		 * of it. */
		call->sk = c->sk;
		return 0;
	}
	return tell_listen(s, c, t);
}

/* LISTEN -> CLOSE in the middle of listen() is its failure, which the end of the call tells. */
static bool is_failing(const struct story *s, const struct trace *t)
{
	const struct call *call = call_of(s, t->tid, TRACE_LISTEN);

	return t->in_process && call && call->sk == t->sk;
}

/* The end of listen(). */
static int on_listens(struct story *s, const struct trace *t)
{
	struct call *call = call_of(s, t->tid, TRACE_LISTEN);
	struct conn *c = call && call->sk ? conn_find(s, call->sk) : NULL;

	if (call)
		call->kind = TRACE_KINDS;
	if (!c)
		return 0;
	if (!t->ret)
		return tell_listen(s, c, t);
	conn_drop_listener(s, c->sk);
	c->s.state = c->s.lport ? PW_BOUND : PW_CLOSE;
	return tell_refused(s, c, t, PW_CALL_LISTEN, (int32_t)-t->ret);
}

static int on_connect(struct story *s, const struct trace *t)
{
	struct conn *c = conn_begin(s, t);

	if (!c)
		return -ENOMEM;
	c->s.state = PW_SYN_SENT;
	used_by(s, c, t->tid);
	return emit(s, c, t, PW_EV_CONNECT, PW_CLOSE, PW_SYN_SENT);
}

static int on_closed(struct story *s, struct conn *c, const struct trace *t)
{
	int err;
	bool timewait = (t->old_state == PW_FIN_WAIT2 || t->old_state == PW_CLOSING) && !c->reset;

	c->s.state = PW_CLOSE;
	if (t->old_state == PW_LISTEN)
		conn_drop_listener(s, c->sk);
	if (timewait)
		return emit(s, c, t, PW_EV_TIMEWAIT, t->old_state, PW_TIME_WAIT);
	err = emit(s, c, t, PW_EV_STATE, t->old_state, PW_CLOSE);
	/* inet_sport is what is left of the port (__inet_hash_connect). */
	if (!err && t->old_state == PW_SYN_SENT && !t->lport)
		err = tell_refused(s, c, t, PW_CALL_CONNECT, EADDRNOTAVAIL);
	return err;
}

/* The FIN that a process sends comes from shutdown(), or from the end of the descriptor. */
static int on_fin(struct story *s, struct conn *c, const struct trace *t)
{
	c->accepted = true; /* whoever sends has it, also if accept() was not seen */
	used_by(s, c, t->tid);
	return call_of(s, t->tid, TRACE_SHUTDOWN) ? 0 : close_once(s, c, t);
}

static int on_state(struct story *s, const struct trace *t)
{
	struct conn *c;
	int err = 0;

	/* A child in SYN_RECV still has its listener's addresses. */
	if (t->proto != PW_TCP || (t->old_state == PW_LISTEN && t->new_state == PW_SYN_RECV))
		return 0;
	if (t->new_state == PW_LISTEN)
		return on_listen(s, t);
	if (t->old_state == PW_CLOSE && t->new_state == PW_SYN_SENT)
		return on_connect(s, t);
	c = conn_meet(s, t);
	if (!c)
		return -ENOMEM;
	conn_learn(c, t);
	if (t->new_state == PW_CLOSE && is_failing(s, t))
		return 0;
	if (t->new_state == PW_CLOSE)
		return on_closed(s, c, t);
	if (t->in_process && (t->new_state == PW_FIN_WAIT1 || t->new_state == PW_LAST_ACK))
		err = on_fin(s, c, t);
	if (err)
		return err;
	c->s.state = t->new_state;
	return emit(s, c, t, PW_EV_STATE, t->old_state, t->new_state);
}

/* Tell the end of a socket that was bound and did nothing else while we watched. */
static int close_bound(struct story *s, const struct trace *t)
{
	struct conn c = { .sk = t->sk, .s = { .state = PW_BOUND } };

	conn_learn(&c, t);
	if (!c.s.lport || c.s.rport)
		return 0;
	s->ops.older(s->ops.arg, &c.s);
	if (!t->cookie || c.s.cookie != t->cookie)
		return 0; /* nobody has seen it being bound */
	if (t->in_process && !c.s.creator.tgid)
		used_by(s, &c, t->tid);
	return close_once(s, &c, t);
}

/* The kernel takes the socket apart: in its last user's context, unless it was an orphan. */
static int on_destroy(struct story *s, const struct trace *t)
{
	struct conn *c = conn_find(s, t->sk);
	int err = 0;

	if (!c)
		return close_bound(s, t);
	c->s.cookie = t->cookie;
	if (!c->closed && t->in_process &&
	    (!c->s.creator.tgid || s->ops.has_ended(s->ops.arg, c->s.creator.tgid)))
		used_by(s, c, t->tid);
	/* A connection that nobody has accepted never had a descriptor. */
	if (c->accepted && c->s.lport)
		err = close_once(s, c, t);
	conn_end(s, c);
	return err;
}

static int on_accepted(struct story *s, const struct trace *t)
{
	struct call *call = call_of(s, t->tid, TRACE_ACCEPT);
	struct pw_actor actor;
	struct conn *c;
	uint32_t netns;
	bool sure;

	if (!call)
		return 0;
	call->kind = TRACE_KINDS;
	if (t->ret < 0 || !s->ops.process(s->ops.arg, t->tid, &actor, &netns))
		return 0;
	c = conn_accept(s, s->ops.inode(s->ops.arg, t->tid, call->fd), actor.tgid, &sure);
	if (!c)
		return 0;
	c->s.creator = actor;
	c->inferred = !sure;
	return emit(s, c, t, PW_EV_ACCEPT, 0, c->s.state);
}

int story_tell(struct story *s, const struct trace *t)
{
	struct conn *c;
	struct call *call;

	switch (t->kind) {
	case TRACE_STATE:
		return on_state(s, t);
	case TRACE_DESTROY:
		return on_destroy(s, t);
	case TRACE_RESET:
		c = conn_find(s, t->sk);
		if (c)
			c->reset = true;
		return 0;
	case TRACE_LISTEN:
	case TRACE_ACCEPT:
	case TRACE_SHUTDOWN:
		return begin_call(s, t);
	case TRACE_LISTENS:
		return on_listens(s, t);
	case TRACE_ACCEPTED:
		return on_accepted(s, t);
	case TRACE_SHUT:
		call = call_of(s, t->tid, TRACE_SHUTDOWN);
		if (call)
			call->kind = TRACE_KINDS;
		return 0;
	default:
		return 0;
	}
}
