// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Need: which process took a connection from the accept queue. Without these hooks it is
 * inferred from the listener, and read from accept()'s result while somebody streams.
 */
#include "emit.h"
#include "history.h"
#include "meet.h"
#include <bpf/bpf_tracing.h>

/* Process context. accept() hands a connection to a process. */
static __noinline __attribute__((unused)) int on_accept(struct sock *sk)
{
	struct pw_sock *e;

	if (!sock_is_ours(false, sk))
		return 0;
	e = entry_of(sk, sock_cookie_field(false, sk));
	if (!e)
		e = first_meeting_probed(sk, sock_state(false, sk));
	if (!e)
		return 0;
	actor_of_current(&e->user);
	e->flags &= ~PW_F_INFERRED;
	/* The child of an MPTCP listener is the kernel's until it has got its descriptor. */
	if (!current_is_kernel())
		e->flags &= ~PW_F_KERNEL;
	stat_add(PW_STAT_ACCEPTS);
	tell(PW_EV_ACCEPT, (__u64)sk, e, e->state);
	return 0;
}

/* Until 6.9: (sk, flags, err, kern). */
SEC("fexit/inet_csk_accept")
int BPF_PROG(accept__fexit_flags, struct sock *sk, int flags, int *err, bool kern,
	     struct sock *child)
{
	if (child)
		on_accept(child);
	return 0;
}

/* From 6.10 (92ef0fd55ac8): (sk, arg). */
SEC("fexit/inet_csk_accept")
int BPF_PROG(accept__fexit, struct sock *sk, struct proto_accept_arg *arg, struct sock *child)
{
	if (child)
		on_accept(child);
	return 0;
}

SEC("kretprobe/inet_csk_accept")
int BPF_KRETPROBE(accept__kret, struct sock *child)
{
	if (child)
		on_accept(child);
	return 0;
}
