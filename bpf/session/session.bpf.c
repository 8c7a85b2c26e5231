// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs on system calls that a reader attaches for as long as it reads, where no better hook
 * exists: their results tell what the tracepoint tier cannot see. Tracing a system call slows every
 * system call down by some 5 ns, so it is done no longer than somebody reads.
 *
 * Several readers attach it side by side: each copy speaks to its own reader alone.
 * The maps are the tracker's.
 */
#include "bindfail.h"
#include "emit.h"
#include "meet.h"

const volatile __u32 my_seat = 0;

/* include/trace/trace_events.h: what perf hands to a program on a syscalls tracepoint. */
struct sys_enter {
	__u64 common;
	__u64 nr;
	__u64 args[6];
};

struct sys_exit {
	__u64 common;
	__u64 nr;
	__s64 ret;
};

struct call {
	__u64 addr;
	__s32 fd;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct call);
} session_calls SEC(".maps");

static __always_inline void say(struct pw_event *e)
{
	emit_to(as_number(e), my_seat);
}

static __always_inline int enter(struct sys_enter *ctx)
{
	struct call call = { .fd = ctx->args[0], .addr = ctx->args[1] };
	__u64 id = bpf_get_current_pid_tgid();

	bpf_map_update_elem(&session_calls, &id, &call, BPF_ANY);
	return 0;
}

static __always_inline bool leave(struct call *ret)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct call *call = bpf_map_lookup_elem(&session_calls, &id);

	if (!call)
		return false;
	*ret = *call;
	bpf_map_delete_elem(&session_calls, &id);
	return true;
}

/* The internet socket behind an fd of the current process, or NULL. */
static __always_inline struct sock *fd_sock(__s32 fd)
{
	struct fdtable *table = BPF_CORE_READ(task_current(), files, fdt);
	struct file **files, *file = 0;
	struct socket *socket;
	struct sock *sk;

	if (fd < 0 || !table || (__u32)fd >= BPF_CORE_READ(table, max_fds))
		return 0;
	files = BPF_CORE_READ(table, fd);
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	socket = file ? file_socket(file) : 0;
	sk = socket ? BPF_CORE_READ(socket, sk) : 0;
	return sk && sock_is_ours(false, sk) ? sk : 0;
}

/* The kernel chose a port in the course of this call: say so as a bind. Not inline, like all that
 * builds an event: before 6.13 a program and what it calls have 512 bytes of stack together. */
static __noinline int learn(__s32 fd, bool wanted)
{
	struct sock *sk = fd_sock(fd);
	struct pw_sock *e = sk ? entry_get(sk) : 0;
	struct pw_event ev;

	if (!e || e->lport)
		return 0;
	learn_local_probed(sk, e);
	if (!e->lport)
		return 0;
	if (wanted)
		entry_port(e, sk, e->lport, true);
	event_init(&ev, PW_EV_BIND, (__u64)sk, e);
	event_actor(&ev, e);
	event_thread(&ev);
	emit(&ev); /* to every reader: only the first session to look learns something */
	return 0;
}

/* Each reader's copy of a program sees the call; the first of them counts it. */
SEC("tp/syscalls/sys_enter_bind")
int enter_bind(struct sys_enter *ctx)
{
	call_begin(CALL_BIND_SEEN, (void *)1);
	return enter(ctx);
}

SEC("tp/syscalls/sys_exit_bind")
int exit_bind(struct sys_exit *ctx)
{
	struct call call;
	struct pw_event ev;

	bool first = call_end(CALL_BIND_SEEN);
	struct sock *sk;

	if (!leave(&call) || ctx->ret >= 0)
		return 0;
	sk = fd_sock(call.fd);
	if (sk && first)
		count_bind_failed(-ctx->ret);
	if (bind_failed_event(&ev, sk, (void *)call.addr, true, -ctx->ret))
		say(&ev);
	return 0;
}

/* To every reader: the resident hook has left it to whichever of them comes first. Another thread
 * may have closed the socket meanwhile, so that only the entry can be read. */
static __noinline int listen_ended(struct sock *sk, int error)
{
	struct pw_sock *e = entry_get(sk);
	struct pw_event ev;

	if (!e)
		return 0;
	if (error) {
		refusal_event(&ev, sk, e, PW_CALL_LISTEN, error);
	} else {
		event_init(&ev, PW_EV_LISTEN, (__u64)sk, e);
		ev.old_state = PW_CLOSE;
		event_actor(&ev, e);
		event_thread(&ev);
	}
	emit(&ev);
	return 0;
}

SEC("tp/syscalls/sys_enter_listen")
int enter_listen(struct sys_enter *ctx)
{
	call_begin(CALL_LISTEN_SEEN, (void *)1);
	return enter(ctx);
}

SEC("tp/syscalls/sys_exit_listen")
int exit_listen(struct sys_exit *ctx)
{
	struct sock *sk = call_end(CALL_LISTEN_SEEN);
	struct call call;

	if (leave(&call) && !ctx->ret)
		learn(call.fd, true);
	if ((__u64)sk > 1)
		listen_ended(sk, -ctx->ret);
	return 0;
}

/* Recognise what the resident hooks do not see: UDP without a port (inet_autobind), and a
 * connection that exists already, from the port that the socket has. */
static __always_inline bool is_refused(struct sock *sk, __s64 ret)
{
	if (sock_proto(false, sk) == PW_UDP)
		return ret == -EAGAIN && !sock_lport(false, sk);
	return ret == -EADDRNOTAVAIL && BPF_CORE_READ((struct inet_sock *)sk, inet_sport);
}

static __noinline int connect_failed(struct sock *sk, const void *addr, int error)
{
	struct asked_addr asked = {};
	struct pw_sock s = {};
	struct pw_event ev;

	sock_read(false, sk, &s);
	asked_read(&asked, addr, true);
	asked_copy(&s.raddr, s.family, &asked);
	s.rport = bpf_ntohs(asked.port);
	refusal_event(&ev, sk, &s, PW_CALL_CONNECT, error);
	say(&ev);
	return 0;
}

SEC("tp/syscalls/sys_enter_connect")
int enter_connect(struct sys_enter *ctx)
{
	return enter(ctx);
}

SEC("tp/syscalls/sys_exit_connect")
int exit_connect(struct sys_exit *ctx)
{
	struct call call;
	struct sock *sk;

	if (!leave(&call))
		return 0;
	sk = fd_sock(call.fd);
	if (!sk)
		return 0;
	if (sock_proto(false, sk) == PW_UDP && ctx->ret != -EAGAIN)
		learn(call.fd, false);
	else if (is_refused(sk, ctx->ret))
		connect_failed(sk, (void *)call.addr, -ctx->ret);
	return 0;
}

static __always_inline int accepted(struct sys_exit *ctx)
{
	struct sock *sk = ctx->ret >= 0 ? fd_sock(ctx->ret) : 0;
	struct pw_event ev;
	struct pw_sock *e;

	if (!sk || sock_proto(false, sk) != PW_TCP)
		return 0;
	e = entry_get(sk);
	if (!e)
		e = first_meeting_probed(sk, sock_state(false, sk));
	if (!e)
		return 0;
	actor_of_current(&e->user);
	e->flags &= ~PW_F_INFERRED;
	stat_add(PW_STAT_ACCEPTS);
	event_init(&ev, PW_EV_ACCEPT, (__u64)sk, e);
	ev.old_state = e->state;
	event_actor(&ev, e);
	event_thread(&ev);
	say(&ev);
	return 0;
}

SEC("tp/syscalls/sys_exit_accept")
int exit_accept(struct sys_exit *ctx)
{
	return accepted(ctx);
}

SEC("tp/syscalls/sys_exit_accept4")
int exit_accept4(struct sys_exit *ctx)
{
	return accepted(ctx);
}

char LICENSE[] SEC("license") = "GPL";
