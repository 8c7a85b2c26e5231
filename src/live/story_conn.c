// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/story_conn.h"

#include <errno.h>
#include <string.h>

#include "base/addr.h"

#define KEEP_ENDED 1024 /* rows, before those in use are copied into a map without them */
#define MAX_UNACCEPTED 4096

struct conn *conn_find(const struct story *s, uint64_t sk)
{
	struct conn *c = hmap_get(&s->conns, &sk);

	return c && !c->ended ? c : NULL;
}

/* hmap removes no rows. */
static int compact(struct story *s)
{
	struct hmap fresh = HMAP(struct conn, sk);

	for (size_t i = 0; i < s->conns.nr; i++) {
		const struct conn *c = hmap_row(&s->conns, i);
		struct conn *copy = c->ended ? NULL : hmap_put(&fresh, &c->sk);

		if (copy)
			*copy = *c;
		else if (!c->ended) {
			hmap_done(&fresh);
			return -ENOMEM;
		}
	}
	hmap_done(&s->conns);
	s->conns = fresh;
	s->nr_ended = 0;
	return 0;
}

static struct conn *put(struct story *s, uint64_t sk)
{
	struct conn *c;

	if (s->nr_ended > KEEP_ENDED && s->nr_ended > s->conns.nr / 2 && compact(s))
		return NULL;
	c = hmap_put(&s->conns, &sk);
	if (c && c->ended) {
		*c = (struct conn){ .sk = sk };
		s->nr_ended--;
	}
	return c;
}

void conn_learn(struct conn *c, const struct trace *t)
{
	c->s.family = t->family;
	c->s.proto = PW_TCP;
	if (t->lport) {
		c->s.lport = t->lport;
		c->s.laddr = t->laddr;
	}
	if (t->rport) {
		c->s.rport = t->rport;
		c->s.raddr = t->raddr;
	}
}

struct conn *conn_begin(struct story *s, const struct trace *t)
{
	struct conn *c = put(s, t->sk);

	if (!c)
		return NULL;
	*c = (struct conn){
		.sk = t->sk,
		.accepted = true,
		.s = { .since_ns = t->time_ns, .state = PW_CLOSE, .laddr = t->laddr },
	};
	conn_learn(c, t);
	return c;
}

/* ---- listeners ---- */

int conn_add_listener(struct story *s, const struct conn *c)
{
	uint64_t *sk;

	conn_drop_listener(s, c->sk);
	sk = VEC_ADD(&s->listeners);
	if (!sk)
		return -ENOMEM;
	*sk = c->sk;
	return 0;
}

void conn_drop_listener(struct story *s, uint64_t sk)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->listeners.nr; i++)
		if (s->listeners.v[i] != sk)
			s->listeners.v[kept++] = s->listeners.v[i];
	s->listeners.nr = kept;
}

int story_add_listener(struct story *s, const struct pw_rec *rec)
{
	struct conn *c = put(s, rec->inode);

	if (!c)
		return -ENOMEM;
	c->s = rec->sock;
	c->s.flags |= PW_F_SEEDED;
	c->s.rport = 0;
	c->inode = rec->inode;
	c->accepted = true;
	return conn_add_listener(s, c);
}

/* The process of a listener that is older is looked for when it is wanted. */
static void ask_holder(struct story *s, struct conn *c)
{
	if (!(c->s.flags & PW_F_SEEDED) || c->s.creator.tgid)
		return;
	s->ops.older(s->ops.arg, &c->s);
}

static bool listens_for(const struct conn *l, const struct pw_sock *s)
{
	return l->s.state == PW_LISTEN && l->s.lport == s->lport &&
	       (!l->s.netns || !s->netns || l->s.netns == s->netns) &&
	       (addr_is_any(l->s.family, &l->s.laddr) ||
		(l->s.family == s->family && !memcmp(&l->s.laddr, &s->laddr, sizeof(s->laddr))));
}

bool story_has_listener(const struct story *s, const struct pw_sock *sock)
{
	for (size_t i = 0; i < s->listeners.nr; i++) {
		const struct conn *l = conn_find(s, s->listeners.v[i]);

		if (l && l->s.family == sock->family && l->s.lport == sock->lport &&
		    (!l->s.netns || !sock->netns || l->s.netns == sock->netns) &&
		    !memcmp(&l->s.laddr, &sock->laddr, sizeof(sock->laddr)))
			return true;
	}
	return false;
}

/* Name the process that will have accepted this connection. It is known only if every listener on
 * the port belongs to one process, and none of another namespace may be meant. */
static void infer(struct story *s, struct conn *c)
{
	const struct conn *first = NULL;

	for (size_t i = 0; i < s->listeners.nr; i++) {
		struct conn *l = conn_find(s, s->listeners.v[i]);

		if (!l || !listens_for(l, &c->s))
			continue;
		ask_holder(s, l);
		if (first &&
		    (first->s.creator.tgid != l->s.creator.tgid || first->s.netns != l->s.netns))
			return;
		first = l;
	}
	if (!first)
		return;
	c->s.creator = first->s.creator;
	c->s.netns = first->s.netns;
	c->inferred = true;
}

/* ---- connections ---- */

static int add_unaccepted(struct story *s, uint64_t sk)
{
	uint64_t *place;

	/* Connections that are accepted in a way that is not traced (io_uring) must not pile up. */
	if (s->unaccepted.nr == MAX_UNACCEPTED)
		s->unaccepted.nr = 0;
	place = VEC_ADD(&s->unaccepted);
	if (!place)
		return -ENOMEM;
	*place = sk;
	return 0;
}

/* A listener that was added by its inode number has shown its address. */
static struct conn *adopt_listener(struct story *s, const struct trace *t)
{
	for (size_t i = 0; i < s->listeners.nr; i++) {
		struct conn *l = conn_find(s, s->listeners.v[i]), old, *c;

		if (!l || l->sk != l->inode || l->s.lport != t->lport || l->s.family != t->family ||
		    memcmp(&l->s.laddr, &t->laddr, sizeof(t->laddr)))
			continue;
		ask_holder(s, l);
		old = *l;
		conn_drop_listener(s, l->sk);
		conn_end(s, l);
		c = put(s, t->sk);
		if (!c)
			return NULL;
		*c = old;
		c->sk = t->sk;
		return c;
	}
	return NULL;
}

struct conn *conn_meet(struct story *s, const struct trace *t)
{
	struct conn *c = conn_find(s, t->sk);

	if (!c && t->old_state == PW_LISTEN)
		c = adopt_listener(s, t);
	if (c)
		return c;
	c = put(s, t->sk);
	if (!c)
		return NULL;
	conn_learn(c, t);
	c->s.state = t->old_state;
	if (t->old_state == PW_SYN_RECV && t->new_state == PW_ESTABLISHED) {
		c->s.since_ns = t->time_ns;
		infer(s, c);
		return add_unaccepted(s, t->sk) ? NULL : c;
	}
	c->s.flags = PW_F_SEEDED;
	c->accepted = true;
	s->ops.older(s->ops.arg, &c->s);
	return c;
}

void conn_end(struct story *s, struct conn *c)
{
	c->ended = true;
	s->nr_ended++;
}

static struct conn *listener_with(const struct story *s, uint64_t inode, uint32_t tgid)
{
	for (size_t i = 0; i < s->listeners.nr; i++) {
		struct conn *l = conn_find(s, s->listeners.v[i]);

		if (l && (inode ? l->inode == inode : l->s.creator.tgid == tgid))
			return l;
	}
	return NULL;
}

struct conn *conn_accept(struct story *s, uint64_t inode, uint32_t tgid, bool *ret_sure)
{
	struct conn *l = listener_with(s, inode, tgid), *found = NULL;
	size_t kept = 0;

	if (!l)
		return NULL;
	for (size_t i = 0; i < s->unaccepted.nr; i++) {
		uint64_t sk = s->unaccepted.v[i];
		struct conn *c = conn_find(s, sk);

		if (!c || c->accepted)
			continue; /* it ended before anybody accepted it, or somebody has used it */
		if (!found && listens_for(l, &c->s))
			found = c;
		else
			s->unaccepted.v[kept++] = sk;
	}
	s->unaccepted.nr = kept;
	if (!found)
		return NULL;
	found->accepted = true;
	*ret_sure = l->s.creator.tgid == tgid;
	return found;
}
