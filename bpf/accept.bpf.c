// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Need: which process took a connection from the accept queue. Without these hooks it is
 * inferred from the listener, and read from accept()'s result while somebody streams.
 */
#include "track.h"
#include <bpf/bpf_tracing.h>

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
