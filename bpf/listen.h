/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Beginning and failure of listen(), for the programs of state.bpf.c. */
#ifndef LISTEN_H
#define LISTEN_H

#include "bindfail.h"
#include "emit.h"
#include "family.h"

/* Set by the loader: either of two programs does what the other was skipped for
 * (src/track/hooks.c). */
const volatile bool is_backed[PW_NEED_MAX] = {};

/* Process context. listen() on a bound or unbound socket. `later`: it may fail yet, and is told
 * when it has ended. */
static __noinline __attribute__((unused)) int on_listen(struct sock *sk, __u64 cookie, bool later)
{
	struct pw_sock s = {}, *e;

	if (!sock_is_ours(false, sk))
		return 0;
	sock_read(false, sk, &s);
	if (cookie)
		s.cookie = cookie;
	sock_set_state(&s, PW_LISTEN);
	e = entry_get(sk);
	if (e && entry_is(e, s.cookie)) {
		e->state = PW_LISTEN;
		e->backlog = s.backlog;
		e->ifindex = s.ifindex;
		e->laddr = s.laddr;
		e->raddr = s.raddr;
		e->rport = s.rport;
		if (!e->cookie)
			e->cookie = s.cookie;
		e->listen_ns = bpf_ktime_get_boot_ns();
		entry_port(e, sk, s.lport, true);
		entry_used_by_current(e);
		if (!(e->flags & PW_F_KERNEL))
			e->family_id = family_found(&e->user, true);
	} else {
		actor_of_current(&s.creator);
		if (!(s.flags & PW_F_KERNEL))
			s.family_id = family_found(&s.creator, true);
		s.listen_ns = bpf_ktime_get_boot_ns();
		entry_put(sk, &s, true);
		e = &s;
	}
	if (!later)
		tell(PW_EV_LISTEN, (__u64)sk, e, PW_CLOSE);
	stat_add(PW_STAT_EVENTS);
	return 0;
}

/* LISTEN -> CLOSE is the end of a listener, or of a listen() that failed: the kernel looks for
 * others on the port when the socket has the state LISTEN already (inet_csk_listen_start). Whatever
 * has been in the table of listeners has this flag (__inet_hash). */
static __always_inline bool has_listened(struct sock *sk)
{
	return sk->__sk_common.skc_flags &
	       (1ull << bpf_core_enum_value(enum sock_flags, SOCK_RCU_FREE));
}

/* Process context. Does a reader follow this listen() to its end (session/)? It tells then. */
static __noinline __attribute__((unused)) bool listen_is_followed(struct sock *sk)
{
	struct call_key key = { .thread = bpf_get_current_pid_tgid(), .arg = CALL_LISTEN_SEEN };
	__u64 *seen = bpf_map_lookup_elem(&calls, &key);

	if (!seen)
		return false;
	if (*seen == 1 || *seen == (__u64)sk) {
		*seen = (__u64)sk;
		return true;
	}
	/* Of a reader that ended in the middle of another one. */
	bpf_map_delete_elem(&calls, &key);
	return false;
}

/* Process context, in the tracepoint. The kernel's error is EADDRINUSE, unless a group of
 * SO_REUSEPORT had no memory left: then it is not known here. */
static __noinline __attribute__((unused)) int on_listen_failed(struct sock *sk)
{
	int error = BPF_CORE_READ_BITFIELD_PROBED(&sk->__sk_common, skc_reuseport) ? 0 : EADDRINUSE;
	struct pw_sock *e = entry_get(sk);

	if (e && e->state == PW_LISTEN)
		e->state = sock_keeps_port(false, sk) ? PW_BOUND : PW_CLOSE;
	if (!listen_is_followed(sk))
		on_refused(sk, PW_CALL_LISTEN, error);
	else
		count_bind_failed(error);
	return 0;
}

/* Two programs see each listen(), unless one is skipped: the other has told this one. The state
 * alone does not show that: bind() within listen() has noted it already. */
static __always_inline bool is_told(struct sock *sk, int ret)
{
	struct pw_sock *e;

	if (ret || !is_backed[PW_NEED_LISTEN])
		return false;
	e = entry_of(sk, sock_cookie_field(false, sk));
	return e && e->state == PW_LISTEN && e->listen_ns;
}

static __always_inline void listen_ended(struct sock *sk, __u64 cookie, int ret)
{
	if (is_told(sk, ret))
		return;
	if (!ret)
		on_listen(sk, cookie, false);
	else if (ret < 0)
		on_refused(sk, PW_CALL_LISTEN, -ret);
}

#endif
