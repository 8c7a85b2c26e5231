// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Needs: a connection entered TIME-WAIT; a TIME-WAIT socket is gone.
 *
 * A TIME-WAIT socket is there once it is put into the hash table, which its allocation may
 * have prevented (tcp_max_tw_buckets). Also a dead FIN_WAIT2 waits for its peer's FIN in
 * the same small structure. inet_twsk_kill ends both kinds, by time or before it.
 *
 * Before it: a connect() has chosen the pair (tcp_twsk_unique) or a SYN came in for it
 * (tcp_timewait_state_process), else it was a reset, or somebody destroyed it.
 *
 * In the tracepoint tier the entry is inferred (state.bpf.c), and the end found by comparison
 * with the kernel's table (bpf/tables/) or by the connection that used the pair again.
 */
#include "meet.h"
#include "timewait.h"
#include <bpf/bpf_tracing.h>

/* A claim on the pair is followed by its end at once, or it was refused. */
#define WANTED_NS 1000000000ull

/* Not inline for its room on the stack. */
static __noinline int key_of_socket(struct pw_tw_key *key, struct sock_common *common)
{
	struct pw_sock s = {};

	sock_read_common(false, common, &s);
	tw_key_of(key, &s);
	return 0;
}

static __always_inline int entered(const bool direct, struct inet_timewait_sock *tw,
				   struct sock *sk)
{
	__u8 substate = BPF_CORE_READ(tw, tw_substate);
	struct pw_sock *e;

	if (sock_proto(direct, sk) != PW_TCP)
		return 0;
	stat_add_atomic(PW_STAT_TW_ENTERED);
	if (substate == PW_FIN_WAIT2)
		stat_add_atomic(PW_STAT_TW_FIN_WAIT2);
	e = entry_of(sk, sock_cookie_field(direct, sk));
	if (!e)
		e = EITHER_WAY(direct, first_meeting, sk, sock_state(direct, sk));
	/* IPV6_ADDRFORM has made an IPv4 socket of it. */
	if (e && e->family != BPF_CORE_READ(tw, __tw_common.skc_family))
		sock_read_common(false, &tw->__tw_common, e);
	if (e && !(e->flags & PW_F_TIMEWAIT))
		on_timewait(e, sk, substate);
	return 0;
}

SEC("fentry/inet_twsk_hashdance")
int BPF_PROG(tw_enter__fentry_old, struct inet_timewait_sock *tw, struct sock *sk)
{
	return entered(true, tw, sk);
}

SEC("kprobe/inet_twsk_hashdance")
int BPF_KPROBE(tw_enter__kprobe_old, struct inet_timewait_sock *tw, struct sock *sk)
{
	return entered(false, tw, sk);
}

/* From 6.11 on (b334b924c9b7). */
SEC("fentry/inet_twsk_hashdance_schedule")
int BPF_PROG(tw_enter__fentry, struct inet_timewait_sock *tw, struct sock *sk)
{
	return entered(true, tw, sk);
}

SEC("kprobe/inet_twsk_hashdance_schedule")
int BPF_KPROBE(tw_enter__kprobe, struct inet_timewait_sock *tw, struct sock *sk)
{
	return entered(false, tw, sk);
}

static __always_inline int left(struct inet_timewait_sock *tw)
{
	bool early = (__s64)(bpf_jiffies64() - BPF_CORE_READ(tw, tw_timer.expires)) < 0;
	struct pw_tw_key key;
	struct pw_tw *known;

	stat_add_atomic(PW_STAT_TW_LEFT);
	key_of_socket(&key, &tw->__tw_common);
	known = bpf_map_lookup_elem(&timewait, &key);
	if (known)
		tw_gone(as_number(&key),
			early && known->wanted_ns &&
					bpf_ktime_get_boot_ns() - known->wanted_ns < WANTED_NS ?
				PW_EF_REUSED :
				0);
	else
		tw_gone_unknown(as_number(&key), BPF_CORE_READ(tw, __tw_common.skc_family));
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

static __always_inline int wanted(struct sock_common *common, bool is)
{
	struct pw_tw_key key;
	struct pw_tw *known;

	key_of_socket(&key, common);
	known = bpf_map_lookup_elem(&timewait, &key);
	if (known)
		known->wanted_ns = is ? bpf_ktime_get_boot_ns() : 0;
	return 0;
}

static __always_inline int packet(struct inet_timewait_sock *tw, struct tcphdr *th)
{
	bool rst = BPF_CORE_READ_BITFIELD_PROBED(th, rst);

	if (!rst && !BPF_CORE_READ_BITFIELD_PROBED(th, syn))
		return 0;
	return wanted(&tw->__tw_common, !rst);
}

SEC("fentry/tcp_timewait_state_process")
int BPF_PROG(tw_packet__fentry, struct inet_timewait_sock *tw, struct sk_buff *skb,
	     struct tcphdr *th)
{
	return packet(tw, th);
}

SEC("kprobe/tcp_timewait_state_process")
int BPF_KPROBE(tw_packet__kprobe, struct inet_timewait_sock *tw, struct sk_buff *skb,
	       struct tcphdr *th)
{
	return packet(tw, th);
}

SEC("fentry/tcp_twsk_unique")
int BPF_PROG(tw_connect__fentry, struct sock *sk, struct sock *tw)
{
	return wanted(&tw->__sk_common, true);
}

SEC("kprobe/tcp_twsk_unique")
int BPF_KPROBE(tw_connect__kprobe, struct sock *sk, struct sock *tw)
{
	return wanted(&tw->__sk_common, true);
}
