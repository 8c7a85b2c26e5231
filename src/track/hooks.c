// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/hooks.h"

/*
 * The kernel skips a program that is running already on its CPU: also on behalf of a process that
 * it has preempted there (__bpf_prog_enter_recur and, where tracepoints are preemptible,
 * __bpf_trace_run). A kprobe runs with preemption disabled, and the runs of a cgroup's programs are
 * not counted: neither is skipped for that.
 */
#define MISSED " can be missed while its program is preempted on that CPU"

const struct hook hooks[PW_NEED_MAX] = {
	[PW_NEED_BIND] = { .need = PW_NEED_BIND, .variants = {
		{ .kind = PW_VAR_FENTRY, .backed_by = PW_VAR_KPROBE,
		  .progs = { "bind_tcp__fexit", "bind_udp4__fexit", "bind_udp6__fexit",
			     "bind_v4__cgroup", "bind_v6__cgroup", "bind_udp4__kprobe",
			     "bind_udp4__kret", "bind_udp6__kprobe", "bind_udp6__kret" },
		  .func = "inet_csk_get_port" },
		{ .kind = PW_VAR_FENTRY, .backed_by = PW_VAR_TRACEPOINT,
		  .progs = { "bind_tcp__fexit", "bind_udp4__fexit", "bind_udp6__fexit",
			     "bind_v4__cgroup", "bind_v6__cgroup" },
		  .func = "inet_csk_get_port",
		  .preempted = "a port the kernel chooses for an unbound UDP socket" MISSED },
		{ .kind = PW_VAR_FENTRY, .progs = { "bind_tcp__fexit", "bind_udp4__fexit", "bind_udp6__fexit" },
		  .func = "inet_csk_get_port", .preempted = "a bind()" MISSED },
		{ .kind = PW_VAR_KPROBE, .progs = { "bind_tcp__kprobe", "bind_tcp__kret", "bind_udp4__kprobe",
				   "bind_udp4__kret", "bind_udp6__kprobe", "bind_udp6__kret" },
		  .func = "inet_csk_get_port",
		  .loss = "sockets have no cookie, unless something else has made one" },
		{ .kind = PW_VAR_TRACEPOINT, .progs = { "bind_v4__cgroup", "bind_v6__cgroup",
				       "autobind_connect4__cgroup", "autobind_connect6__cgroup",
				       "autobind_sendmsg4__cgroup", "autobind_sendmsg6__cgroup" },
		  .loss = "a port the kernel chooses for an unbound UDP socket is noticed at its "
			  "first use; each unconnected UDP send costs about 30 ns" },
	} },
	[PW_NEED_BIND_FAILED] = { .need = PW_NEED_BIND_FAILED, .variants = {
		{ .kind = PW_VAR_FENTRY, .progs = { "bindfail4__fexit", "bindfail6__fexit" }, .func = "inet_bind",
		  .preempted = "a failed bind()" MISSED },
		{ .kind = PW_VAR_KPROBE, .progs = { "bindfail4__kprobe", "bindfail4__kret",
				   "bindfail6__kprobe", "bindfail6__kret" }, .func = "inet_bind" },
		{ .kind = PW_VAR_SYSCALL, .progs = { NULL },
		  .loss = "failed binds are seen only while streaming, and cost every system call "
			  "about 5 ns as long as that lasts" },
	} },
	[PW_NEED_LISTEN] = { .need = PW_NEED_LISTEN, .variants = {
		/* 5.17 (e7049395b1c3) dropped the argument backlog. */
		{ .kind = PW_VAR_FENTRY, .progs = { "listen__fexit", "listen__kprobe", "listen__kret" },
		  .func = "inet_csk_listen_start", .nr_args = 1, .backed_by = PW_VAR_KPROBE },
		{ .kind = PW_VAR_FENTRY, .progs = { "listen__fexit_backlog", "listen__kprobe", "listen__kret" },
		  .func = "inet_csk_listen_start", .nr_args = 2, .backed_by = PW_VAR_KPROBE },
		{ .kind = PW_VAR_FENTRY, .progs = { "listen__fexit" }, .func = "inet_csk_listen_start", .nr_args = 1,
		  .preempted = "a listen()" MISSED },
		{ .kind = PW_VAR_FENTRY, .progs = { "listen__fexit_backlog" }, .func = "inet_csk_listen_start",
		  .nr_args = 2, .preempted = "a listen()" MISSED },
		{ .kind = PW_VAR_KPROBE, .progs = { "listen__kprobe", "listen__kret" }, .func = "inet_csk_listen_start" },
		{ .kind = PW_VAR_TRACEPOINT, .progs = { "state__tp" },
		  .loss = "listen() by io_uring or by the kernel itself is told before its result is known" },
	} },
	[PW_NEED_CONNECT] = { .need = PW_NEED_CONNECT, .variants = {
		{ .kind = PW_VAR_FENTRY, .progs = { "connect__fentry" }, .func = "tcp_connect",
		  .preempted = "an event connect" MISSED },
		{ .kind = PW_VAR_KPROBE, .progs = { "connect__kprobe" }, .func = "tcp_connect" },
		{ .kind = PW_VAR_NONE, .progs = { NULL },
		  .loss = "the event connect comes without the local port, which is known once the "
			  "connection is established" },
	} },
	[PW_NEED_STATE] = { .need = PW_NEED_STATE, .variants = {
		/* All three: in an interrupt of stored__kprobe that is skipped, too. */
		{ .kind = PW_VAR_FENTRY, .progs = { "state__fentry", "state__fentry_nested", "stored__kprobe" },
		  .func = "tcp_set_state", .backed_by = PW_VAR_KPROBE },
		{ .kind = PW_VAR_FENTRY, .progs = { "state__fentry", "state__fentry_nested" }, .func = "tcp_set_state",
		  .preempted = "a state change" MISSED },
		{ .kind = PW_VAR_KPROBE, .progs = { "state__kprobe" }, .func = "tcp_set_state",
		  .loss = "a state change in an interrupt in the middle of another one is missed" },
		{ .kind = PW_VAR_TRACEPOINT, .progs = { "state__tp", "state__tp_nested" },
		  .preempted = "a state change" MISSED },
	} },
	[PW_NEED_RELEASE] = { .need = PW_NEED_RELEASE, .variants = {
		{ .kind = PW_VAR_FENTRY, .progs = { "release__cgroup", "release_kernel__fentry", "destroyed__tp" },
		  .func = "inet_release", .backed_by = PW_VAR_TRACEPOINT },
		{ .kind = PW_VAR_FENTRY, .progs = { "release__fentry", "destroyed__tp" }, .func = "inet_release",
		  .preempted = "the end of a socket" MISSED },
		{ .kind = PW_VAR_KPROBE, .progs = { "release__kprobe", "destroyed__tp" }, .func = "inet_release" },
		{ .kind = PW_VAR_TRACEPOINT, .progs = { "release__cgroup", "destroyed__tp" },
		  .loss = "the end of the kernel's own UDP sockets is noticed only when they are next "
			  "looked at" },
	} },
	[PW_NEED_ACCEPT] = { .need = PW_NEED_ACCEPT, .variants = {
		/* 6.10 (92ef0fd55ac8): (sk, arg) instead of (sk, flags, err, kern). */
		{ .kind = PW_VAR_FENTRY, .progs = { "accept__fexit" }, .func = "inet_csk_accept", .nr_args = 2,
		  .preempted = "an accept()" MISSED },
		{ .kind = PW_VAR_FENTRY, .progs = { "accept__fexit_flags" }, .func = "inet_csk_accept",
		  .nr_args = 4, .preempted = "an accept()" MISSED },
		{ .kind = PW_VAR_KPROBE, .progs = { "accept__kret" }, .func = "inet_csk_accept" },
		{ .kind = PW_VAR_SYSCALL, .progs = { NULL },
		  .loss = "the process of an accepted connection is taken from its listener, except "
			  "while streaming" },
	} },
	[PW_NEED_TW_ENTER] = { .need = PW_NEED_TW_ENTER, .variants = {
		/* 6.11 (b334b924c9b7) renamed it. */
		{ .kind = PW_VAR_FENTRY, .progs = { "tw_enter__fentry" },
		  .func = "inet_twsk_hashdance_schedule", .nr_args = 4 },
		{ .kind = PW_VAR_FENTRY, .progs = { "tw_enter__fentry_old" }, .func = "inet_twsk_hashdance", .nr_args = 3 },
		{ .kind = PW_VAR_KPROBE, .progs = { "tw_enter__kprobe" },
		  .func = "inet_twsk_hashdance_schedule", .nr_args = 4 },
		{ .kind = PW_VAR_KPROBE, .progs = { "tw_enter__kprobe_old" }, .func = "inet_twsk_hashdance", .nr_args = 3 },
		{ .kind = PW_VAR_NONE, .progs = { NULL },
		  .loss = "TIME-WAIT is inferred from the last state; its numbers are estimates" },
	} },
	[PW_NEED_TW_LEAVE] = { .need = PW_NEED_TW_LEAVE, .variants = {
		{ .kind = PW_VAR_FENTRY, .progs = { "tw_leave__fentry", "tw_packet__fentry", "tw_connect__fentry" }, .func = "inet_twsk_kill",
		  .preempted = "the end of a TIME-WAIT" MISSED ", and is then found within 30 seconds while streaming" },
		{ .kind = PW_VAR_KPROBE, .progs = { "tw_leave__kprobe", "tw_packet__kprobe", "tw_connect__kprobe" }, .func = "inet_twsk_kill" },
		{ .kind = PW_VAR_ITER, .progs = { NULL },
		  .loss = "the end of TIME-WAIT is found by comparison every two seconds while "
			  "streaming" },
	} },
	[PW_NEED_RECEIVE] = { .need = PW_NEED_RECEIVE, .variants = {
		{ .kind = PW_VAR_FENTRY, .progs = { "receive__fentry" }, .func = "security_file_receive", .nr_args = 1 },
		{ .kind = PW_VAR_KPROBE, .progs = { "receive__kprobe" }, .func = "security_file_receive", .nr_args = 1 },
		{ .kind = PW_VAR_NONE, .progs = { NULL },
		  .loss = "a process that was handed a socket is found by a walk over all processes" },
	} },
	[PW_NEED_FORK] = { .need = PW_NEED_FORK, .variants = { { .kind = PW_VAR_TRACEPOINT, .progs = { "fork__tp" } } } },
	[PW_NEED_EXEC] = { .need = PW_NEED_EXEC, .variants = { { .kind = PW_VAR_TRACEPOINT, .progs = { "exec__tp" } } } },
	[PW_NEED_EXIT] = { .need = PW_NEED_EXIT, .variants = { { .kind = PW_VAR_TRACEPOINT, .progs = { "exit__tp" } } } },
};

int hook_choose(enum pw_need need, int from,
		bool (*allowed)(void *arg, enum pw_need need, const struct hook_variant *v),
		void *arg)
{
	for (int i = from; i < HOOK_VARIANTS; i++) {
		const struct hook_variant *v = &hooks[need].variants[i];

		if (hook_variant_is(v) && allowed(arg, need, v))
			return i;
	}
	return -1;
}
