// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs that do nothing, on the hooks of the tracker's tracepoint tier that every connection
 * passes: what a hook costs in itself. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("tp_btf/inet_sock_set_state")
int empty_state(void *ctx)
{
	return 0;
}

SEC("cgroup/sock_release")
int empty_release(void *ctx)
{
	return 1;
}

SEC("cgroup/connect4")
int empty_connect(void *ctx)
{
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
