/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of an entry in the map `sockets`, and its port.
 *
 * Invariants:
 *  - An entry exists from the moment a socket is given a port (or begins to connect) until it has
 *    neither port nor descriptor.
 *  - A counter of `ports` changes only together with the entry's flag PW_F_INDEXED or PW_F_COUNTED.
 *  - The current task means something only in functions marked "process context". In softirq it is
 *    the task that was interrupted.
 */
#ifndef ENTRY_H
#define ENTRY_H

#include "errno.h"
#include "index.h"
#include "maps.h"
#include "sock.h"
#include "task.h"

static __always_inline struct pw_sock *entry_get(struct sock *sk)
{
	__u64 key = (__u64)sk;

	return bpf_map_lookup_elem(&sockets, &key);
}

static __always_inline void entry_drop(struct pw_sock *e, struct sock *sk)
{
	__u64 key = (__u64)sk;

	port_leave(e);
	if (!bpf_map_delete_elem(&sockets, &key))
		stat_add(PW_STAT_REMOVED);
}

/* Whether the entry is about this very socket. A cookie is unique as long as the kernel runs. */
static __always_inline bool entry_is(const struct pw_sock *e, __u64 cookie)
{
	return !e->cookie || !cookie || e->cookie == cookie;
}

/* Find the socket's entry. If it describes an earlier socket at this address, whose end we missed,
 * delete it and return NULL. Not inline: on_listen() and what it calls leave 32 bytes of stack to
 * the program. */
static __noinline __attribute__((unused)) struct pw_sock *entry_of(struct sock *sk, __u64 cookie)
{
	struct pw_sock *e = entry_get(sk);

	if (!e || entry_is(e, cookie))
		return e;
	entry_drop(e, sk);
	stat_add(PW_STAT_REPAIRED);
	return 0;
}

/* Insert an entry. An entry at this address is an earlier socket's, whose end we missed: delete it.
 * Return false if the map is full. */
static __always_inline bool entry_put(struct sock *sk, struct pw_sock *s, bool wanted)
{
	__u64 key = (__u64)sk;
	struct pw_sock *old;
	int err;

	s->since_ns = bpf_ktime_get_boot_ns();
	port_enter(s, key, wanted);
	err = bpf_map_update_elem(&sockets, &key, s, BPF_NOEXIST);
	if (err == -EEXIST) {
		old = entry_get(sk);
		if (old)
			entry_drop(old, sk);
		stat_add(PW_STAT_REPAIRED);
		err = bpf_map_update_elem(&sockets, &key, s, BPF_NOEXIST);
	}
	if (err) {
		port_leave(s);
		refused(err);
		return false;
	}
	stat_add(PW_STAT_SOCKETS);
	return true;
}

/* Move the entry in the port index: the kernel has chosen or changed the local port. */
static __always_inline void entry_port(struct pw_sock *e, struct sock *sk, __u16 lport, bool wanted)
{
	if (e->lport == lport && (e->flags & (wanted ? PW_F_INDEXED : PW_F_INDEXED | PW_F_COUNTED)))
		return;
	port_leave(e);
	e->lport = lport;
	port_enter(e, (__u64)sk, wanted);
}

/* Process context. Note the current process as the last user. */
static __always_inline void entry_used_by_current(struct pw_sock *e)
{
	if (e->user.tgid != current_tgid())
		actor_of_current(&e->user);
}

/* Any context. Read address and port, which the kernel has chosen for a connecting socket. */
static __always_inline int learn_local_body(const bool direct, struct sock *sk, struct pw_sock *e)
{
	struct pw_sock now = {};

	if (!e)
		return 0;
	sock_read_common(direct, &sk->__sk_common, &now);
	e->laddr = now.laddr;
	entry_port(e, sk, now.lport, false);
	return 0;
}
BOTH_WAYS(int, learn_local, (struct sock * sk, struct pw_sock *e), sk, e)

#endif
