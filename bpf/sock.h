/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only reader of struct sock. `direct` is a constant: true where the verifier
 * knows the pointer's type (tp_btf, fentry, iterators) and a plain load will do,
 * false where every field needs bpf_probe_read_kernel() (kprobe, cgroup).
 */
#ifndef SOCK_H
#define SOCK_H

#include "compat.h"
#include <bpf/bpf_endian.h>
#include "portwatch.h"

/* include/net/sock.h */
#define SOCK_BINDPORT_LOCK 8
/* enum sock_flags, the same since 2.6 */
#define SOCK_LINGER 5
/* include/linux/socket.h */
#define AF_INET PW_INET
#define AF_INET6 PW_INET6

#define SK_GET(direct, sk, field)                                                                  \
	({                                                                                         \
		typeof((sk)->field) __v;                                                           \
		if (direct)                                                                        \
			__v = (sk)->field;                                                         \
		else                                                                               \
			bpf_core_read(&__v, sizeof(__v), &(sk)->field);                            \
		__v;                                                                               \
	})

/* At a plain load of a pointer the verifier searches all types of the kernel by name, each time
 * that it comes by (btf_nested_type_is_trusted(), kernel/bpf/btf.c). */
#define SK_GET_POINTER(sk, field) SK_GET(false, sk, field)

#define SK_BIT(direct, sk, field)                                                                  \
	((direct) ? BPF_CORE_READ_BITFIELD(sk, field) : BPF_CORE_READ_BITFIELD_PROBED(sk, field))

/*
 * Functions that are not inlined, for their room on the stack, in two ways: `direct` says
 * whether the verifier knows sk's type (see sock.h). Plain loads make a connection a fifth cheaper.
 */
#define BOTH_WAYS(type, name, params, ...)                                                         \
	static __noinline __attribute__((unused)) type name##_direct params                        \
	{                                                                                          \
		return name##_body(true, __VA_ARGS__);                                             \
	}                                                                                          \
	static __noinline __attribute__((unused)) type name##_probed params                        \
	{                                                                                          \
		return name##_body(false, __VA_ARGS__);                                            \
	}
#define EITHER_WAY(direct, name, ...)                                                              \
	((direct) ? name##_direct(__VA_ARGS__) : name##_probed(__VA_ARGS__))

/* 16 bits: MPTCP is 262, of which 8 would be TCP. */
static __always_inline __u16 sock_proto(const bool direct, struct sock *sk)
{
	return SK_GET(direct, sk, sk_protocol);
}

static __always_inline bool sock_is_ours(const bool direct, struct sock *sk)
{
	__u16 family = SK_GET(direct, sk, __sk_common.skc_family);
	__u16 proto = SK_GET(direct, sk, sk_protocol);

	return (family == AF_INET || family == AF_INET6) && (proto == PW_TCP || proto == PW_UDP);
}

/* Is there a socket of ours at this address? What was freed has no reference. Asked before anything
 * is read of an address that comes from a map. */
static __always_inline bool sock_is_there(struct sock *sk)
{
	return sock_is_ours(false, sk) &&
	       BPF_CORE_READ(sk, __sk_common.skc_refcnt.refs.counter) > 0;
}

static __always_inline __u16 sock_lport(const bool direct, struct sock *sk)
{
	return SK_GET(direct, sk, __sk_common.skc_num);
}

static __always_inline __u8 sock_state(const bool direct, struct sock *sk)
{
	return SK_GET(direct, sk, __sk_common.skc_state);
}

/* Does it keep its port when it returns to CLOSE? (tcp_set_state, net/ipv4/tcp.c) */
static __always_inline bool sock_keeps_port(const bool direct, struct sock *sk)
{
	return SK_BIT(direct, sk, sk_userlocks) & SOCK_BINDPORT_LOCK;
}

/* An fd, an fd in flight, or the kernel's own handle exists; not so for orphans and
 * for connections that nobody has accepted yet. */
static __always_inline bool sock_has_socket(struct sock *sk)
{
	return SK_GET_POINTER(sk, sk_socket) != 0;
}

/* The TCP sockets of an MPTCP one are made by the kernel, for whoever has its descriptor. */
static __always_inline bool sock_is_kernel(const bool direct, struct sock *sk)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;

	if (!SK_BIT(direct, sk, sk_kern_sock))
		return false;
	return sock_proto(direct, sk) != PW_TCP || !bpf_core_field_exists(tp->is_mptcp) ||
	       !BPF_CORE_READ(tp, is_mptcp);
}

static __always_inline __u64 sock_cookie_field(const bool direct, struct sock *sk)
{
	return SK_GET(direct, sk, __sk_common.skc_cookie.counter);
}

static __always_inline void copy_v4(struct pw_addr *to, __be32 from)
{
	*(__be32 *)to->b = from;
}

/* Addresses and ports, of full, request and TIME-WAIT sockets alike. */
static __always_inline void sock_read_common(const bool direct, struct sock_common *c,
					     struct pw_sock *s)
{
	struct net *net = SK_GET_POINTER(c, skc_net.net);

	s->family = SK_GET(direct, c, skc_family);
	s->lport = SK_GET(direct, c, skc_num);
	s->rport = bpf_ntohs(SK_GET(direct, c, skc_dport));
	if (s->family == AF_INET6) {
		bpf_core_read(&s->laddr, sizeof(s->laddr), &c->skc_v6_rcv_saddr);
		bpf_core_read(&s->raddr, sizeof(s->raddr), &c->skc_v6_daddr);
	} else {
		copy_v4(&s->laddr, SK_GET(direct, c, skc_rcv_saddr));
		copy_v4(&s->raddr, SK_GET(direct, c, skc_daddr));
	}
	s->netns = BPF_CORE_READ(net, ns.inum);
	s->ifindex = SK_GET(direct, c, skc_bound_dev_if);
	s->flags &= ~(PW_F_REUSEADDR | PW_F_REUSEPORT | PW_F_V6ONLY);
	if (SK_BIT(direct, c, skc_reuse))
		s->flags |= PW_F_REUSEADDR;
	if (SK_BIT(direct, c, skc_reuseport))
		s->flags |= PW_F_REUSEPORT;
	if (s->family == AF_INET6 && SK_BIT(direct, c, skc_ipv6only))
		s->flags |= PW_F_V6ONLY;
}

/* Everything of a full socket but state and owners; s->flags keeps what it had. */
static __always_inline void sock_read(const bool direct, struct sock *sk, struct pw_sock *s)
{
	sock_read_common(direct, &sk->__sk_common, s);
	s->proto = sock_proto(direct, sk);
	s->cookie = sock_cookie_field(direct, sk);
	s->backlog = SK_GET(direct, sk, sk_max_ack_backlog);
	if (sock_keeps_port(direct, sk))
		s->flags |= PW_F_EXPLICIT;
	if (sock_is_kernel(direct, sk))
		s->flags |= PW_F_KERNEL;
}

static __always_inline void bucket_read(struct inet_bind_bucket *tb, struct pw_bind *b)
{
	if (!tb)
		return;
	b->fastreuse = BPF_CORE_READ(tb, fastreuse);
	b->fastreuseport = BPF_CORE_READ(tb, fastreuseport);
	b->fast_uid = BPF_CORE_READ(tb, fastuid.val);
	b->vrf = BPF_CORE_READ(tb, l3mdev);
	b->fast_v6only = BPF_CORE_READ(tb, fast_ipv6_only);
	/* Not set before the first SO_REUSEPORT, but a bucket is a bucket. */
	b->fast_family = BPF_CORE_READ(tb, fast_sk_family) ?: AF_INET;
	if (b->fast_family == AF_INET6)
		bpf_core_read(&b->fast_addr, sizeof(b->fast_addr), &tb->fast_v6_rcv_saddr);
	else
		copy_v4(&b->fast_addr, BPF_CORE_READ(tb, fast_rcv_saddr));
}

/* Read what binding another socket to the port depends on. */
static __noinline __attribute__((unused)) int sock_read_bind(struct sock *sk, struct pw_bind *b)
{
	struct hlist_node *next;

	if (!b)
		return 0;
	b->known = 1;
	b->hashed = BPF_CORE_READ(sk, __sk_common.skc_node.pprev) != 0;
	b->uid = BPF_CORE_READ(sk, sk_uid.val);
	if (sock_proto(false, sk) == PW_TCP) {
		bucket_read(BPF_CORE_READ((struct inet_connection_sock *)sk, icsk_bind_hash), b);
		return 0;
	}
	next = BPF_CORE_READ(sk, __sk_common.skc_node.next);
	if (next)
		b->next = (__u64)next - bpf_core_field_offset(struct sock_common, skc_node);
	return 0;
}

/* The state we show for a full socket, or 0 for one that holds no port. */
static __always_inline __u8 sock_shown_state(const struct pw_sock *s, __u8 state)
{
	if (s->proto == PW_UDP)
		return !s->lport ? 0 : state == PW_ESTABLISHED ? PW_ESTABLISHED : PW_UNCONN;
	if (state == PW_CLOSE)
		return s->lport ? PW_BOUND : 0;
	return state;
}

/* Set the state that we show. Without a connection the peer in the kernel is a leftover: clear it.
 */
static __always_inline void sock_set_state(struct pw_sock *s, __u8 state)
{
	s->state = sock_shown_state(s, state);
	if (s->state == PW_BOUND || s->state == PW_LISTEN || s->state == PW_UNCONN) {
		s->rport = 0;
		__builtin_memset(&s->raddr, 0, sizeof(s->raddr));
	}
}

/* Will close() reset the connection instead of ending it in order? (__tcp_close,
 * net/ipv4/tcp.c: unread data, or SO_LINGER with time 0) */
static __always_inline bool sock_close_resets(struct sock *sk)
{
	struct tcp_sock *tp = (struct tcp_sock *)sk;
	__u32 unread = BPF_CORE_READ(tp, rcv_nxt) - BPF_CORE_READ(tp, copied_seq);
	__u8 state = sock_state(false, sk);

	/* The peer's FIN takes a sequence number, too. */
	if (unread && (state == PW_CLOSING || state == PW_CLOSE_WAIT))
		unread--;
	return unread || ((BPF_CORE_READ(sk, __sk_common.skc_flags) & (1ul << SOCK_LINGER)) &&
			  !BPF_CORE_READ(sk, sk_lingertime));
}

#endif
