// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Needs: listen started; connect started; TCP state changed.
 *
 * tcp_set_state sees every change but those of listen(), which inet_csk_listen_start
 * makes. The tracepoint inet_sock_set_state sees all of them, before the kernel has
 * chosen a port for an unbound listen() or connect().
 *
 * Each hook has two copies, see copies.h.
 */
#include "bindfail.h"
#include "copies.h"
#include "emit.h"
#include "family.h"
#include "listen.h"
#include "meet.h"
#include "timewait.h"
#include <bpf/bpf_tracing.h>

/* Process context. CLOSE -> SYN_SENT: the kernel chooses the port a moment later. `tell_now`:
 * no hook sees that moment, so the readers hear of it without the port. */
static __always_inline int on_connect_body(const bool direct, struct sock *sk, __u64 cookie,
					   bool tell_now)
{
	struct pw_sock s = {}, *e;

	sock_read(direct, sk, &s);
	if (cookie)
		s.cookie = cookie;
	s.state = PW_SYN_SENT;
	e = entry_get(sk);
	if (e && entry_is(e, s.cookie) && !(e->flags & PW_F_RELEASED)) {
		if (e->state == PW_SYN_SENT) /* taken already, see state.bpf.c */
			return 0;
		e->state = PW_SYN_SENT;
		e->ifindex = s.ifindex;
		e->laddr = s.laddr;
		e->raddr = s.raddr;
		e->rport = s.rport;
		entry_used_by_current(e);
		/* The port of its last connection is not its own any more. */
		entry_port(e, sk, s.lport, false);
		e->flags |= PW_F_CONNECTED;
	} else {
		actor_of_current(&s.creator);
		s.flags |= PW_F_CONNECTED;
		entry_put(sk, &s, false);
		e = &s;
	}
	if (tell_now)
		tell(PW_EV_CONNECT, (__u64)sk, e, PW_CLOSE);
	stat_add(PW_STAT_EVENTS);
	return 0;
}
BOTH_WAYS(int, on_connect, (struct sock * sk, __u64 cookie, bool tell_now), sk, cookie, tell_now)

/* Make an entry of a socket that is first met as it changes its state, and tell the change. Half of
 * all connections come here (the accepted ends), so the entry is not looked up again. Return 1 if a
 * TIME-WAIT may be left on its pair: that ends first, and the change is not told yet. */
static __always_inline int first_state_body(const bool direct, struct sock *sk, __u64 cookie,
					    int old, int state, bool infer_timewait)
{
	struct pw_sock s = {};

	if (!meet(direct, sk, cookie, state, &s))
		return 0;
	stat_add(PW_STAT_EVENTS);
	if (state == PW_ESTABLISHED && infer_timewait && tw_is_near(&s))
		return 1;
	tell(PW_EV_STATE, (__u64)sk, &s, old);
	return 0;
}
BOTH_WAYS(int, first_state,
	  (struct sock * sk, __u64 cookie, int old, int state, bool infer_timewait), sk, cookie,
	  old, state, infer_timewait)

/* Any context. The socket is in CLOSE: it has lost its connection, and its port unless
 * bind() chose it. */
static __always_inline void on_closed(const bool direct, struct sock *sk, struct pw_sock *e,
				      __u8 old)
{
	e->state = PW_CLOSE;
	if (!(e->flags & PW_F_TIMEWAIT))
		tell(PW_EV_STATE, (__u64)sk, e, old);
	/* Nobody has accepted it yet: reset, it can still be accepted, and then released; if its
	 * listener is closing (no error) it is never heard of again. */
	if ((e->flags & (PW_F_RELEASED | PW_F_KERNEL)) ||
	    (!sock_has_socket(sk) && !SK_GET(direct, sk, sk_err))) {
		entry_drop(e, sk);
		return;
	}
	e->flags &= ~(PW_F_TIMEWAIT | PW_F_ESTIMATED);
	e->listen_ns = 0;
	if (sock_keeps_port(direct, sk)) {
		e->state = PW_BOUND;
		e->rport = 0;
		__builtin_memset(&e->raddr, 0, sizeof(e->raddr));
		return;
	}
	/* A descriptor of an unbound socket: wait for its release, or for another connect(). The
	 * entry stays counted until then, though the port is gone: the release may be under way on
	 * another CPU, and two that take an entry out of the index count it twice. */
}

/* Any context. Every TCP state change but CLOSE -> LISTEN and CLOSE -> SYN_SENT. False: taken
 * already, or nothing to be taken. */
static __always_inline bool on_state(const bool direct, struct sock *sk, __u64 cookie, int old,
				     int state, bool infer_timewait)
{
	struct pw_sock *e = entry_of(sk, cookie);

	if (!e) {
		if (state == PW_CLOSE ||
		    !EITHER_WAY(direct, first_state, sk, cookie, old, state, infer_timewait))
			return false;
		/* Not in there: all that are called one from another have 512 bytes of stack. */
		e = entry_get(sk);
		if (!e)
			return false;
		tw_taken_over(e);
		tell(PW_EV_STATE, (__u64)sk, e, old);
		return true;
	}
	if (e->state == state || (state == PW_CLOSE && e->state == PW_BOUND))
		return false;
	stat_add(PW_STAT_EVENTS);
	if (state == PW_CLOSE) {
		/* A reset leaves no TIME-WAIT behind. */
		if (infer_timewait && !(e->flags & PW_F_RESETS) &&
		    (old == PW_FIN_WAIT2 || old == PW_CLOSING) && !SK_GET(direct, sk, sk_err)) {
			stat_add_atomic(PW_STAT_TW_ENTERED);
			on_timewait(e, sk, 0);
		}
		on_closed(direct, sk, e, old);
		return true;
	}
	if (state == PW_ESTABLISHED && !e->lport)
		EITHER_WAY(direct, learn_local, sk, e);
	if (state == PW_ESTABLISHED && infer_timewait)
		tw_taken_over(e);
	e->state = state;
	tell(PW_EV_STATE, (__u64)sk, e, old);
	return true;
}

static __always_inline bool hooked(enum pw_need need)
{
	struct pw_meta *m = meta_get();

	return m && m->variant[need] != PW_VAR_NONE;
}

static __always_inline bool hooked_here(enum pw_need need)
{
	struct pw_meta *m = meta_get();

	return m && m->variant[need] == PW_VAR_TRACEPOINT;
}

/* In the middle of SYN_SENT -> CLOSE: has connect() found no local port for this connection? Before
 * tcp_set_state() begins, a socket that has found one is in the table of connections; when it
 * stores the state (`stored`), inet_sport is what is left of the port (tcp_v4_connect,
 * __inet_hash_connect). */
static __always_inline bool has_found_no_port(struct sock *sk, bool stored)
{
	if (stored)
		return !BPF_CORE_READ((struct inet_sock *)sk, inet_sport);
	return !BPF_CORE_READ(sk, __sk_common.skc_node.pprev);
}

static __always_inline void state_changed(const bool direct, struct sock *sk, int old, int state,
					  const bool stored)
{
	__u64 cookie;

	if (old == state || sock_proto(direct, sk) != PW_TCP)
		return;
	/* A child in SYN_RECV still has its parent's cookie and no peer: wait. */
	if (old == PW_LISTEN && state == PW_SYN_RECV)
		return;
	cookie = direct ? sock_cookie(sk) : sock_cookie_field(false, sk);
	if (old == PW_CLOSE && state == PW_SYN_SENT)
		EITHER_WAY(direct, on_connect, sk, cookie, !hooked(PW_NEED_CONNECT));
	else if (on_state(direct, sk, cookie, old, state, !hooked(PW_NEED_TW_ENTER)) &&
		 old == PW_SYN_SENT && state == PW_CLOSE && has_found_no_port(sk, stored))
		on_refused(sk, PW_CALL_CONNECT, EADDRNOTAVAIL);
}

SEC("fexit/inet_csk_listen_start")
int BPF_PROG(listen__fexit_backlog, struct sock *sk, int backlog, int ret)
{
	listen_ended(sk, sock_cookie(sk), ret);
	return 0;
}

/* Since 5.17 (e7049395b1c3) without the argument backlog. */
SEC("fexit/inet_csk_listen_start")
int BPF_PROG(listen__fexit, struct sock *sk, int ret)
{
	listen_ended(sk, sock_cookie(sk), ret);
	return 0;
}

SEC("kprobe/inet_csk_listen_start")
int BPF_KPROBE(listen__kprobe, struct sock *sk)
{
	return call_begin(CALL_LISTEN, sk);
}

SEC("kretprobe/inet_csk_listen_start")
int BPF_KRETPROBE(listen__kret, int ret)
{
	struct sock *sk = call_end(CALL_LISTEN);

	/* The entry does not tell whether the fexit program has told a failure. */
	if (sk && (!ret || !is_backed[PW_NEED_LISTEN]))
		listen_ended(sk, 0, ret);
	return 0;
}

/* Attached before the other, and so called after it. */
SEC("fentry/tcp_set_state")
int BPF_PROG(state__fentry_nested, struct sock *sk, int state)
{
	if (is_backed[PW_NEED_STATE]) {
		if (!is_done(sk, state))
			state_changed(true, sk, sock_state(true, sk), state, false);
		return 0;
	}
	if (!take(sk, state, 2))
		return 0;
	if (!is_done(sk, state))
		stat_add(PW_STAT_NESTED);
	state_changed(true, sk, sock_state(true, sk), state, false);
	return 0;
}

SEC("fentry/tcp_set_state")
int BPF_PROG(state__fentry, struct sock *sk, int state)
{
	if (is_backed[PW_NEED_STATE] || take(sk, state, 1))
		state_changed(true, sk, sock_state(true, sk), state, false);
	return 0;
}

SEC("kprobe/tcp_set_state")
int BPF_KPROBE(state__kprobe, struct sock *sk, int state)
{
	state_changed(false, sk, sock_state(false, sk), state, false);
	return 0;
}

/* Within tcp_set_state, and so behind the program at its beginning. */
SEC("kprobe/inet_sk_state_store")
int BPF_KPROBE(stored__kprobe, struct sock *sk, int state)
{
	if (state != PW_LISTEN)
		state_changed(false, sk, sock_state(false, sk), state, true);
	return 0;
}

/* Either need or both may have a better hook. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state__tp, struct sock *sk, int old, int state)
{
	if (state == PW_LISTEN) {
		if (hooked_here(PW_NEED_LISTEN))
			on_listen(sk, sock_cookie(sk), listen_is_followed(sk));
	} else if (old == PW_LISTEN && state == PW_CLOSE && hooked_here(PW_NEED_LISTEN) &&
		   !has_listened(sk)) {
		on_listen_failed(sk);
	} else if (hooked_here(PW_NEED_STATE) && take(sk, state, 1)) {
		state_changed(true, sk, old, state, true);
	}
	return 0;
}

/* listen() is never called in softirq. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state__tp_nested, struct sock *sk, int old, int state)
{
	if (state == PW_LISTEN || !take(sk, state, 2))
		return 0;
	if (!is_done(sk, state))
		stat_add(PW_STAT_NESTED);
	state_changed(true, sk, old, state, true);
	return 0;
}

/* The port is chosen by now. */
static __always_inline int connecting(const bool direct, struct sock *sk)
{
	struct pw_sock *e = entry_of(sk, sock_cookie_field(direct, sk));

	if (!e)
		return 0;
	EITHER_WAY(direct, learn_local, sk, e);
	return tell(PW_EV_CONNECT, (__u64)sk, e, PW_CLOSE);
}

SEC("fentry/tcp_connect")
int BPF_PROG(connect__fentry, struct sock *sk)
{
	return connecting(true, sk);
}

SEC("kprobe/tcp_connect")
int BPF_KPROBE(connect__kprobe, struct sock *sk)
{
	return connecting(false, sk);
}
