/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A TCP socket that has no entry yet, met in the middle of its life: most are connections that a
 * listener has made, the others were there before the tracker.
 */
#ifndef MEET_H
#define MEET_H

#include "entry.h"

/* Name the process that will have accepted this connection. It is known only if every listener on
 * the port in this namespace belongs to one process, and never guessed among several. */
static __always_inline void infer_creator(struct pw_sock *s)
{
	struct pw_slot_key key = { .port = s->lport, .proto = PW_TCP };
	struct pw_port *p = port_get(PW_TCP, s->lport);
	struct pw_sock *l;
	const struct pw_actor *a;
	__u32 left;
	__u64 *sk;

	left = p ? p->indexed : 0;
	if (left > 4)
		return;
	for (int i = 0; i < 4 && left; i++) {
		key.slot = i;
		sk = bpf_map_lookup_elem(&port_slots, &key);
		if (!sk)
			continue;
		left--;
		l = bpf_map_lookup_elem(&sockets, sk);
		if (!l || l->netns != s->netns || l->state != PW_LISTEN)
			continue;
		a = sock_owner(l);
		if (s->creator.tgid && s->creator.tgid != a->tgid) {
			__builtin_memset(&s->creator, 0, sizeof(s->creator));
			return;
		}
		s->creator = *a;
		s->family_id = l->family_id;
		s->flags |= PW_F_INFERRED;
	}
	if (!left)
		return;
	/* A listener that was not looked at may be another process's. */
	__builtin_memset(&s->creator, 0, sizeof(s->creator));
	s->family_id = 0;
	s->flags &= ~PW_F_INFERRED;
}

static __always_inline void count_accepted(__u16 lport)
{
	struct pw_port *p = port_get(PW_TCP, lport);

	if (p)
		__sync_fetch_and_add(&p->accepted, 1);
}

/* Any context. A TCP socket we have no entry for. False: the map is full. */
static __always_inline bool meet(const bool direct, struct sock *sk, __u64 cookie, int state,
				 struct pw_sock *s)
{
	sock_read(direct, sk, s);
	if (cookie)
		s->cookie = cookie;
	s->state = state;
	if (state == PW_ESTABLISHED) {
		s->flags |= PW_F_ACCEPTED;
		count_accepted(s->lport);
		infer_creator(s);
	} else {
		stat_add(PW_STAT_LATE);
	}
	return entry_put(sk, s, false);
}

/* The entry of a socket that had none until now; NULL: the map is full. */
static __always_inline struct pw_sock *first_meeting_body(const bool direct, struct sock *sk,
							  int state)
{
	struct pw_sock s = {};

	return meet(direct, sk, 0, state, &s) ? entry_get(sk) : 0;
}
BOTH_WAYS(struct pw_sock *, first_meeting, (struct sock * sk, int state), sk, state)

#endif
