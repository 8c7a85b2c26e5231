// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Needs: a connection entered TIME-WAIT; a TIME-WAIT socket is gone.
 *
 * tcp_time_wait is also called for a dead FIN_WAIT2 (argument state), which waits for its
 * peer's FIN in the same small structure. inet_twsk_kill ends both kinds, by time or by
 * reuse. In the tracepoint tier the entry is inferred (state.bpf.c) and the end found by
 * comparison with the kernel's table (snapshot.bpf.c).
 */
#include "track.h"
#include "timewait.h"
#include <bpf/bpf_tracing.h>

static __always_inline int entered(const bool direct, struct sock *sk, int substate)
{
	struct pw_sock *e = entry_of(sk, sock_cookie_field(direct, sk));

	if (!e)
		e = first_meeting(sk, 0, sock_state(direct, sk));
	if (e && !(e->flags & PW_F_TIMEWAIT))
		on_timewait(e, sk, substate);
	return 0;
}

SEC("fentry/tcp_time_wait")
int BPF_PROG(tw_enter__fentry, struct sock *sk, int state)
{
	return entered(true, sk, state);
}

SEC("kprobe/tcp_time_wait")
int BPF_KPROBE(tw_enter__kprobe, struct sock *sk, int state)
{
	return entered(false, sk, state);
}

static __always_inline int left(struct inet_timewait_sock *tw)
{
	struct pw_sock s = {};
	struct pw_tw_key key;

	sock_read_common(false, &tw->__tw_common, &s);
	tw_key_of(&key, &s);
	tw_gone(&key, 0);
	return 0;
}

SEC("fentry/inet_twsk_kill")
int BPF_PROG(tw_leave__fentry, struct inet_timewait_sock *tw)
{
	return left(tw);
}

SEC("kprobe/inet_twsk_kill")
int BPF_KPROBE(tw_leave__kprobe, struct inet_timewait_sock *tw)
{
	return left(tw);
}
