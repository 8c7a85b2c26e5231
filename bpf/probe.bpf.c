// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Trials: the loader learns by them which helpers this kernel lets programs call
 * (src/track/choose.c). They are small, for the verifier looks at them at each load, and are never
 * attached.
 */
#include "compat.h"
#include "task.h"
#include <bpf/bpf_tracing.h>

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(probe_cookie, struct sock *sk, int old, int state)
{
	return sock_cookie(sk) != 0;
}

SEC("cgroup/sock_release")
int probe_task(struct bpf_sock *ctx)
{
	struct pw_actor a;

	actor_of_current(&a);
	return a.tgid || a.start_ns;
}
