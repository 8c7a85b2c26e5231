// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Needs: listen started; connect started; TCP state changed.
 *
 * tcp_set_state sees every change but those of listen(), which inet_csk_listen_start
 * makes. The tracepoint inet_sock_set_state sees all of them, before the kernel has
 * chosen a port for an unbound listen() or connect().
 *
 * The kernel skips a program that is already running on the same CPU. A state change in
 * softirq that interrupts us in the middle of another socket's would be lost (FIN_WAIT2, CLOSE),
 * so each hook has two copies, one after the other: what the first has not taken, because it was
 * skipped, the second takes. Who takes a change says so beforehand; if a softirq then says the
 * same of another one, it is the entry that tells whether there is still something to be done
 * (on_state). Kprobes allow no second copy.
 */
#include "track.h"
#include <bpf/bpf_tracing.h>

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

static __always_inline void state_changed(const bool direct, struct sock *sk, int old, int state)
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
	else
		on_state(direct, sk, cookie, old, state, !hooked(PW_NEED_TW_ENTER));
}

SEC("fexit/inet_csk_listen_start")
int BPF_PROG(listen__fexit_backlog, struct sock *sk, int backlog, int ret)
{
	if (!ret)
		on_listen(sk, sock_cookie(sk));
	return 0;
}

/* Since 5.17 (e7049395b1c3) without the argument backlog. */
SEC("fexit/inet_csk_listen_start")
int BPF_PROG(listen__fexit, struct sock *sk, int ret)
{
	if (!ret)
		on_listen(sk, sock_cookie(sk));
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

	if (sk && !ret)
		on_listen(sk, 0);
	return 0;
}

/* Takes a change; false if the other copy has. What the first has taken and the second has not
 * seen, it was skipped for, in vain. */
static __always_inline bool take(struct sock *sk, int state, const __u32 copy)
{
	__u32 zero = 0;
	struct taken *last = bpf_map_lookup_elem(&last_taken, &zero);

	if (!last)
		return true;
	if (last->sk == (__u64)sk && last->state == (__u32)state) {
		last->sk = 0;
		return false;
	}
	if (copy == 1 && last->sk && last->copy == 1)
		stat_add(PW_STAT_NESTED);
	last->sk = (__u64)sk;
	last->state = state;
	last->copy = copy;
	barrier();
	return true;
}

/* The other copy may have been interrupted after it took this change; then it was not skipped for
 * it. */
static __always_inline bool is_done(struct sock *sk, int state)
{
	struct pw_sock *e = entry_get(sk);

	if (!e)
		return state == PW_CLOSE;
	return e->state == state || (state == PW_CLOSE && e->state == PW_BOUND);
}

/* Attached before the other, and so called after it. */
SEC("fentry/tcp_set_state")
int BPF_PROG(state__fentry_nested, struct sock *sk, int state)
{
	if (!take(sk, state, 2))
		return 0;
	if (!is_done(sk, state))
		stat_add(PW_STAT_NESTED);
	state_changed(true, sk, sock_state(true, sk), state);
	return 0;
}

SEC("fentry/tcp_set_state")
int BPF_PROG(state__fentry, struct sock *sk, int state)
{
	if (take(sk, state, 1))
		state_changed(true, sk, sock_state(true, sk), state);
	return 0;
}

SEC("kprobe/tcp_set_state")
int BPF_KPROBE(state__kprobe, struct sock *sk, int state)
{
	state_changed(false, sk, sock_state(false, sk), state);
	return 0;
}

/* Either need or both may have a better hook. */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state__tp, struct sock *sk, int old, int state)
{
	if (state == PW_LISTEN) {
		if (hooked_here(PW_NEED_LISTEN))
			on_listen(sk, sock_cookie(sk));
	} else if (hooked_here(PW_NEED_STATE) && take(sk, state, 1)) {
		state_changed(true, sk, old, state);
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
	state_changed(true, sk, old, state);
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
