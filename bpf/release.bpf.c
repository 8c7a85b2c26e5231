// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Need: the last fd of a socket is gone. inet_release is where every IPv4 and IPv6 socket
 * ends (inet6_release calls it); its cgroup hook comes first thing in it, but not for the
 * kernel's own sockets.
 */
#include "track.h"
#include "mptcp.h"
#include <bpf/bpf_tracing.h>

/* The descriptor of an MPTCP socket: the first subflow is the one that was bound or listens. The
 * others go by their states. */
static __noinline int release_subflow(__u64 socket)
{
	struct sock *sk = (struct sock *)port_socket((struct sock *)socket);

	if (sk)
		on_release(false, sk, sock_cookie_field(false, sk), sock_state(false, sk));
	return 0;
}

SEC("fentry/inet_release")
int BPF_PROG(release__fentry, struct socket *socket)
{
	struct sock *sk = socket->sk;

	if (sk && sock_proto(true, sk) == IPPROTO_MPTCP)
		release_subflow(as_number(sk));
	else if (sk)
		on_release(true, sk, sock_cookie_field(true, sk), sock_state(true, sk));
	return 0;
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

	if (e)
		entry_drop(e, sk);
	return 0;
}
