/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MPTCP. A descriptor leads to a socket of protocol 262, which has no port: the ports are those of
 * its subflows, TCP sockets that the kernel makes for it (net/mptcp/protocol.h). The first of them
 * is the one that was bound, listens or connects; others join a connection by other addresses, and
 * their holders are not told. Go's servers are such by default (since 1.24).
 */
#ifndef MPTCP_H
#define MPTCP_H

#include "sock.h"

#define IPPROTO_MPTCP 262 /* include/uapi/linux/in.h */

/* The socket that has the port: itself, of an MPTCP one its first subflow, or 0. */
static __always_inline __u64 port_socket(struct sock *sk)
{
	struct mptcp_sock *msk = (struct mptcp_sock *)sk;
	struct mptcp_subflow_context *ctx;
	struct list_head *first;

	if (!bpf_core_type_exists(struct mptcp_sock) || sock_proto(false, sk) != IPPROTO_MPTCP)
		return (__u64)sk;
	first = BPF_CORE_READ(msk, conn_list.next);
	if (!first || first == &msk->conn_list)
		return 0;
	ctx = (void *)first - bpf_core_field_offset(struct mptcp_subflow_context, node);
	return BPF_CORE_READ(ctx, conn) == sk ? (__u64)BPF_CORE_READ(ctx, tcp_sock) : 0;
}

/* Return port_socket() of a struct socket. Global, with numbers instead of pointers, see emit.h. */
__weak __noinline __u64 port_socket_of(__u64 socket)
{
	struct socket *s = (struct socket *)socket;
	struct sock *sk = s ? BPF_CORE_READ(s, sk) : 0;

	return sk ? port_socket(sk) : 0;
}

#endif
