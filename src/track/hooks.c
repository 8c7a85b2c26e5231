// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/hooks.h"

/* clang-format off */
const struct hook hooks[PW_NEED_MAX] = {
	[PW_NEED_BIND] = { PW_NEED_BIND, {
		{ PW_VAR_FENTRY, { "bind_tcp__fexit", "bind_udp4__fexit", "bind_udp6__fexit" },
		  "inet_csk_get_port" },
		{ PW_VAR_KPROBE, { "bind_tcp__kprobe", "bind_tcp__kret", "bind_udp4__kprobe",
				   "bind_udp4__kret", "bind_udp6__kprobe", "bind_udp6__kret" },
		  "inet_csk_get_port" },
		{ PW_VAR_TRACEPOINT, { "bind_v4__cgroup", "bind_v6__cgroup",
				       "autobind_connect4__cgroup", "autobind_connect6__cgroup",
				       "autobind_sendmsg4__cgroup", "autobind_sendmsg6__cgroup" },
		  .loss = "a port the kernel chooses for an unbound UDP socket is noticed at its "
			  "first use; each unconnected UDP send costs about 30 ns" },
	} },
	[PW_NEED_BIND_FAILED] = { PW_NEED_BIND_FAILED, {
		{ PW_VAR_FENTRY, { "bindfail4__fexit", "bindfail6__fexit" }, "inet_bind" },
		{ PW_VAR_KPROBE, { "bindfail4__kprobe", "bindfail4__kret",
				   "bindfail6__kprobe", "bindfail6__kret" }, "inet_bind" },
		{ PW_VAR_SYSCALL, {},
		  .loss = "failed binds are seen only while streaming, and cost every system call "
			  "about 5 ns as long as that lasts" },
	} },
	[PW_NEED_LISTEN] = { PW_NEED_LISTEN, {
		/* 5.17 (e7049395b1c3) dropped the argument backlog. */
		{ PW_VAR_FENTRY, { "listen__fexit" }, "inet_csk_listen_start", 1 },
		{ PW_VAR_FENTRY, { "listen__fexit_backlog" }, "inet_csk_listen_start", 2 },
		{ PW_VAR_KPROBE, { "listen__kprobe", "listen__kret" }, "inet_csk_listen_start" },
		{ PW_VAR_TRACEPOINT, { "state__tp" },
		  .loss = "listen() on an unbound socket is told before the kernel has chosen the port" },
	} },
	[PW_NEED_CONNECT] = { PW_NEED_CONNECT, {
		{ PW_VAR_FENTRY, { "connect__fentry" }, "tcp_connect" },
		{ PW_VAR_KPROBE, { "connect__kprobe" }, "tcp_connect" },
		{ PW_VAR_NONE, {},
		  .loss = "the event connect comes without the local port, which is known once the "
			  "connection is established" },
	} },
	[PW_NEED_STATE] = { PW_NEED_STATE, {
		{ PW_VAR_FENTRY, { "state__fentry" }, "tcp_set_state" },
		{ PW_VAR_KPROBE, { "state__kprobe" }, "tcp_set_state" },
		{ PW_VAR_TRACEPOINT, { "state__tp" } },
	} },
	[PW_NEED_RELEASE] = { PW_NEED_RELEASE, {
		{ PW_VAR_FENTRY, { "release__fentry" }, "inet_release" },
		{ PW_VAR_KPROBE, { "release__kprobe" }, "inet_release" },
		{ PW_VAR_TRACEPOINT, { "release__cgroup" },
		  .loss = "the end of the kernel's own UDP sockets is noticed only when they are next "
			  "looked at" },
	} },
	[PW_NEED_ACCEPT] = { PW_NEED_ACCEPT, {
		/* 6.10 (92ef0fd55ac8): (sk, arg) instead of (sk, flags, err, kern). */
		{ PW_VAR_FENTRY, { "accept__fexit" }, "inet_csk_accept", 2 },
		{ PW_VAR_FENTRY, { "accept__fexit_flags" }, "inet_csk_accept", 4 },
		{ PW_VAR_KPROBE, { "accept__kret" }, "inet_csk_accept" },
		{ PW_VAR_SYSCALL, {},
		  .loss = "the process of an accepted connection is taken from its listener, except "
			  "while streaming" },
	} },
	[PW_NEED_TW_ENTER] = { PW_NEED_TW_ENTER, {
		{ PW_VAR_FENTRY, { "tw_enter__fentry" }, "tcp_time_wait" },
		{ PW_VAR_KPROBE, { "tw_enter__kprobe" }, "tcp_time_wait" },
		{ PW_VAR_NONE, {},
		  .loss = "TIME-WAIT is inferred from the last state; its numbers are estimates" },
	} },
	[PW_NEED_TW_LEAVE] = { PW_NEED_TW_LEAVE, {
		{ PW_VAR_FENTRY, { "tw_leave__fentry" }, "inet_twsk_kill" },
		{ PW_VAR_KPROBE, { "tw_leave__kprobe" }, "inet_twsk_kill" },
		{ PW_VAR_ITER, { "sweep_timewait" },
		  .loss = "the end of TIME-WAIT is found by comparison every two seconds while "
			  "streaming" },
	} },
	[PW_NEED_RECEIVE] = { PW_NEED_RECEIVE, {
		/* An exported function from 6.1 on (e5ee3a2a4d6f); an inline wrapper before. */
		{ PW_VAR_FENTRY, { "receive__fentry" }, "receive_fd" },
		{ PW_VAR_FENTRY, { "receive__fentry_old" }, "__receive_fd" },
		{ PW_VAR_KPROBE, { "receive__kprobe" }, "receive_fd" },
		{ PW_VAR_KPROBE, { "receive__kprobe_old" }, "__receive_fd" },
		{ PW_VAR_NONE, {},
		  .loss = "a process that was handed a socket is found by a walk over all processes" },
	} },
	[PW_NEED_FORK] = { PW_NEED_FORK, { { PW_VAR_TRACEPOINT, { "fork__tp" } } } },
	[PW_NEED_EXEC] = { PW_NEED_EXEC, { { PW_VAR_TRACEPOINT, { "exec__tp" } } } },
	[PW_NEED_EXIT] = { PW_NEED_EXIT, { { PW_VAR_TRACEPOINT, { "exit__tp" } } } },
	[PW_NEED_SNAPSHOT] = { PW_NEED_SNAPSHOT, {
		{ PW_VAR_ITER, { "walk_files", "walk_tasks", "dump_tcp", "dump_udp", "dump_sockets",
				 "sweep_timewait" } },
	} },
};
/* clang-format on */

int hook_choose(enum pw_need need, int from,
		bool (*allowed)(void *arg, enum pw_need need, const struct hook_variant *v), void *arg)
{
	for (int i = from; i < HOOK_VARIANTS; i++) {
		const struct hook_variant *v = &hooks[need].variants[i];

		if (hook_variant_is(v) && allowed(arg, need, v))
			return i;
	}
	return -1;
}
