/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An entry of our own map, completed by what the kernel's socket says now: ports chosen since,
 * peers of connected UDP sockets, states. An entry whose socket has gone without our hearing of
 * it shows another cookie or no reference: it is removed.
 */
#ifndef ENTRY_NOW_H
#define ENTRY_NOW_H

#include "entry.h"
#include "queue.h"

/* Told by the kernel's socket; by the entry what the kernel does not know. */
static __always_inline void entry_complete(struct pw_sock *now, const struct pw_sock *entry,
					   __u8 state)
{
	const __u32 options = PW_F_REUSEADDR | PW_F_REUSEPORT | PW_F_V6ONLY | PW_F_KERNEL;

	now->flags = (entry->flags & ~options) | (now->flags & options);
	if (entry->cookie)
		now->cookie = entry->cookie;
	now->since_ns = entry->since_ns;
	now->listen_ns = entry->listen_ns;
	now->family_id = entry->family_id;
	now->creator = entry->creator;
	now->user = entry->user;
	now->slot = entry->slot;
	now->state = state;
}

static __always_inline bool socket_is_gone(const struct pw_sock *e, struct sock *sk)
{
	return !sock_is_there(sk) || !entry_is(e, sock_cookie_field(false, sk));
}

/* Not the element at hand: the address may be another socket's by now. */
static __always_inline void entry_remove_gone(__u64 key)
{
	struct sock *sk = (void *)key;
	struct pw_sock *e = bpf_map_lookup_elem(&sockets, &key);

	if (!e || !socket_is_gone(e, sk))
		return;
	entry_drop(e, sk);
	stat_add(PW_STAT_REPAIRED);
}

/* The port of a UDP socket. TCP's ports are left to the hooks: we may be looking at a socket that
 * another CPU is just closing, and two that take it out of the index count it twice. */
static __always_inline void entry_repair_port(const struct pw_sock *value, struct sock *sk,
					      __u8 state, __u16 lport)
{
	__u64 key = (__u64)sk;
	struct pw_sock *e;

	if (value->proto != PW_UDP || (state && value->lport == lport))
		return;
	e = bpf_map_lookup_elem(&sockets, &key);
	if (!e)
		return;
	if (state) {
		entry_port(e, sk, sock_lport(false, sk), false);
	} else if (has_port_count(value)) {
		/* UDP gives a port of the kernel's choice back at connect(AF_UNSPEC). */
		port_leave(e);
		e->lport = 0;
	}
}

/* Describe an entry as it is now, in `now`. Return false if there is nothing to tell. */
static __always_inline bool entry_now(__u64 key, const struct pw_sock *value, struct pw_sock *now,
				      bool *ret_is_used)
{
	struct sock *sk = (void *)key;

	if (!sock_is_there(sk)) {
		entry_remove_gone(key);
		return false;
	}
	sock_read(false, sk, now);
	sock_set_state(now, sock_state(false, sk));
	if (now->proto != value->proto || socket_is_gone(value, sk)) {
		entry_remove_gone(key);
		return false;
	}
	entry_repair_port(value, sk, now->state, now->lport);
	*ret_is_used = now->state;
	if (now->state)
		entry_complete(now, value, now->state);
	else if (has_port_count(value))
		return false;
	else
		__builtin_memcpy(now, value, sizeof(*now));
	return now->lport;
}

static __always_inline void entry_fill(struct pw_rec *rec, __u64 key, bool is_used)
{
	struct sock *sk = (void *)key;

	rec->kind = PW_REC_ENTRY;
	rec->sk = key;
	if (!is_used)
		return;
	sock_read_bind(sk, &rec->bind);
	queue_read(sk, rec);
	rec->has_socket = sock_has_socket(sk);
}

#endif
