// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Need: the last fd of a socket is gone. inet_release is where every IPv4 and IPv6 socket
 * ends (inet6_release calls it); its cgroup hook comes first thing in it, but not for the
 * kernel's own sockets.
 */
#include "emit.h"
#include "entry.h"
#include "history.h"
#include "mptcp.h"
#include <bpf/bpf_tracing.h>

/* Process context. The last fd is gone. A connected TCP socket lives on as an orphan
 * until it reaches CLOSE; everything else is over. */
static __always_inline void on_release(const bool direct, struct sock *sk, __u64 cookie, __u8 state)
{
	struct pw_sock *e = entry_of(sk, cookie);
	int past = 0;

	if (!e)
		return;
	stat_add(PW_STAT_EVENTS);
	if (e->flags & PW_F_INDEXED)
		past = history_add(as_number(sk));
	if (past > 0)
		history_turn(e->netns, e->lport, e->proto, past - 1);
	/* A descriptor in flight, or in an io_uring, is dropped by a kernel thread. */
	if ((e->creator.tgid != current_tgid() || (e->flags & PW_F_INFERRED)) &&
	    !current_is_kernel())
		entry_used_by_current(e);
	if (!e->lport && (e->flags & PW_F_COUNTED))
		entry_port(e, sk, sock_lport(direct, sk), false);
	e->flags |= PW_F_RELEASED;
	if (e->proto == PW_TCP && (state == PW_FIN_WAIT2 || state == PW_CLOSING) &&
	    sock_close_resets(sk))
		e->flags |= PW_F_RESETS;
	tell(PW_EV_CLOSE, (__u64)sk, e, e->state);
	if (e->proto == PW_UDP || state == PW_CLOSE)
		entry_drop(e, sk);
}

/* The descriptor of an MPTCP socket: the first subflow is the one that was bound or listens. The
 * others go by their states. */
static __noinline int release_subflow(__u64 socket)
{
	struct sock *sk = (struct sock *)port_socket((struct sock *)socket);

	if (sk)
		on_release(false, sk, sock_cookie_field(false, sk), sock_state(false, sk));
	return 0;
}

static __always_inline int released(struct sock *sk)
{
	if (sk && sock_proto(true, sk) == IPPROTO_MPTCP)
		release_subflow(as_number(sk));
	else if (sk)
		on_release(true, sk, sock_cookie_field(true, sk), sock_state(true, sk));
	return 0;
}

SEC("fentry/inet_release")
int BPF_PROG(release__fentry, struct socket *socket)
{
	return released(socket->sk);
}

/* For which the kernel does not call the programs of cgroups. */
SEC("fentry/inet_release")
int BPF_PROG(release_kernel__fentry, struct socket *socket)
{
	struct sock *sk = socket->sk;

	return sk && SK_BIT(true, sk, sk_kern_sock) ? released(sk) : 0;
}

SEC("kprobe/inet_release")
int BPF_KPROBE(release__kprobe, struct socket *socket)
{
	struct sock *sk = BPF_CORE_READ(socket, sk);

	if (sk && sock_proto(false, sk) == IPPROTO_MPTCP)
		release_subflow((__u64)sk);
	else if (sk)
		on_release(false, sk, sock_cookie_field(false, sk), sock_state(false, sk));
	return 0;
}

SEC("cgroup/sock_release")
int release__cgroup(struct bpf_sock *ctx)
{
	if (ctx->protocol == IPPROTO_MPTCP)
		release_subflow(as_number(ctx));
	else
		on_release(false, (struct sock *)(__u64)ctx, bpf_get_socket_cookie(ctx),
			   ctx->state);
	return 1;
}

/*
 * The end of every TCP socket, in any context; nearly all entries have gone by then. Not so that
 * of a connection that was reset before anybody accepted it, if its listener closes: such a
 * socket is never released.
 */
SEC("tp_btf/tcp_destroy_sock")
int destroyed__tp(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];
	struct pw_sock *e = entry_get(sk);
	__u8 old;

	if (!e)
		return 0;
	/* The socket has come to CLOSE, and nobody has heard of that. */
	if (e->state != PW_CLOSE && e->state != PW_BOUND) {
		stat_add(PW_STAT_UNTOLD);
		old = e->state;
		e->state = PW_CLOSE;
		if (!(e->flags & PW_F_TIMEWAIT))
			tell(PW_EV_STATE, (__u64)sk, e, old);
	}
	entry_drop(e, sk);
	return 0;
}
