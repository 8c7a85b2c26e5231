// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Need: a socket got its local port, by bind() or because the kernel chose one.
 *
 * inet_csk_get_port and udp_v{4,6}_get_port are the only functions that give TCP and UDP
 * sockets a port outside connect(): explicit, port 0, and autobind alike. The cgroup
 * hooks see bind() alone; there UDP's autobind is met at the first connect() or sendto().
 * Need: a bind() failed. Here from inside inet_bind; else from the system call's
 * result while somebody reads (session/).
 */
#include "emit.h"
#include "entry.h"
#include "family.h"
#include <bpf/bpf_tracing.h>
#include "bindfail.h"

/*
 * Process context. A socket has got a local port: bind(), or the kernel chose one
 * (autobind). cookie: 0 where the program type cannot make one.
 */
static __noinline __attribute__((unused)) int on_bind(struct sock *sk, __u64 cookie)
{
	struct pw_sock s = {}, *e;

	if (!sock_is_ours(false, sk))
		return 0;
	e = entry_get(sk);
	if (e && entry_is(e, cookie ?: sock_cookie_field(false, sk))) {
		sock_read(false, sk, &s);
		/* Another hook has told it, unless the socket has lost its port with its
		 * connection: then the entry still has the port and is counted for it. */
		if (!s.lport || (e->lport == s.lport && has_port_count(e) && e->state != PW_CLOSE))
			return 0;
		e->ifindex = s.ifindex;
		e->laddr = s.laddr;
		sock_set_state(&s, sock_state(false, sk));
		e->state = s.state;
		/* Of a connect() that failed before. */
		e->raddr = s.raddr;
		e->rport = s.rport;
		entry_port(e, sk, s.lport, true);
		entry_used_by_current(e);
		if (!(e->flags & PW_F_KERNEL))
			e->family_id = family_found(&e->user, true);
		tell(PW_EV_BIND, (__u64)sk, e, PW_CLOSE);
		return 0;
	}
	sock_read(false, sk, &s);
	if (!s.lport)
		return 0;
	if (cookie)
		s.cookie = cookie;
	sock_set_state(&s, sock_state(false, sk));
	actor_of_current(&s.creator);
	if (!(s.flags & PW_F_KERNEL))
		s.family_id = family_found(&s.creator, true);
	entry_put(sk, &s, true);
	tell(PW_EV_BIND, (__u64)sk, &s, PW_CLOSE);
	stat_add(PW_STAT_EVENTS);
	return 0;
}

SEC("fexit/inet_csk_get_port")
int BPF_PROG(bind_tcp__fexit, struct sock *sk, unsigned short snum, int ret)
{
	/* listen() calls it again on a bound socket; on_bind() knows those. */
	if (!ret)
		on_bind(sk, sock_cookie(sk));
	return 0;
}

SEC("fexit/udp_v4_get_port")
int BPF_PROG(bind_udp4__fexit, struct sock *sk, unsigned short snum, int ret)
{
	if (!ret)
		on_bind(sk, sock_cookie(sk));
	return 0;
}

SEC("fexit/udp_v6_get_port")
int BPF_PROG(bind_udp6__fexit, struct sock *sk, unsigned short snum, int ret)
{
	if (!ret)
		on_bind(sk, sock_cookie(sk));
	return 0;
}

SEC("kprobe/inet_csk_get_port")
int BPF_KPROBE(bind_tcp__kprobe, struct sock *sk)
{
	return call_begin(CALL_BIND, sk);
}

SEC("kretprobe/inet_csk_get_port")
int BPF_KRETPROBE(bind_tcp__kret, int ret)
{
	struct sock *sk = call_end(CALL_BIND);

	if (sk && !ret)
		on_bind(sk, 0);
	return 0;
}

SEC("kprobe/udp_v4_get_port")
int BPF_KPROBE(bind_udp4__kprobe, struct sock *sk)
{
	return call_begin(CALL_BIND, sk);
}

SEC("kretprobe/udp_v4_get_port")
int BPF_KRETPROBE(bind_udp4__kret, int ret)
{
	struct sock *sk = call_end(CALL_BIND);

	if (sk && !ret)
		on_bind(sk, 0);
	return 0;
}

SEC("kprobe/udp_v6_get_port")
int BPF_KPROBE(bind_udp6__kprobe, struct sock *sk)
{
	return call_begin(CALL_BIND, sk);
}

SEC("kretprobe/udp_v6_get_port")
int BPF_KRETPROBE(bind_udp6__kret, int ret)
{
	struct sock *sk = call_end(CALL_BIND);

	if (sk && !ret)
		on_bind(sk, 0);
	return 0;
}

/* In cgroup/sock programs the context is the struct sock itself (__cgroup_bpf_run_filter_sk,
 * kernel/bpf/cgroup.c): its address is the socket's identity. */
SEC("cgroup/post_bind4")
int bind_v4__cgroup(struct bpf_sock *ctx)
{
	on_bind((struct sock *)(__u64)ctx, bpf_get_socket_cookie(ctx));
	return 1;
}

SEC("cgroup/post_bind6")
int bind_v6__cgroup(struct bpf_sock *ctx)
{
	on_bind((struct sock *)(__u64)ctx, bpf_get_socket_cookie(ctx));
	return 1;
}

/* UDP's autobind. connect(): the port is chosen just after this hook, so the entry is
 * made with port 0 and completed by whoever looks next. sendto(): it is there already. */
static __noinline int udp_unknown_port(struct sock *sk, __u64 cookie)
{
	struct pw_sock s = {};

	sock_read(false, sk, &s);
	s.cookie = cookie;
	s.state = PW_UNCONN;
	actor_of_current(&s.creator);
	entry_put(sk, &s, false);
	return 0;
}

static __always_inline int udp_used(struct bpf_sock_addr *ctx)
{
	struct bpf_sock *bsk = ctx->protocol == PW_UDP ? ctx->sk : 0;
	struct pw_sock *e;
	struct sock *sk;
	__u16 lport;

	if (!bsk)
		return 1;
	sk = (struct sock *)as_number(bsk);
	e = entry_get(sk);
	lport = sock_lport(false, sk);
	if (e && has_port_count(e) && e->lport == lport)
		return 1;
	if (lport) {
		on_bind(sk, bpf_get_socket_cookie(ctx));
	} else if (e) { /* had one before connect(AF_UNSPEC) */
		port_leave(e);
		e->lport = 0;
		port_enter(e, (__u64)sk, false);
	} else {
		udp_unknown_port(sk, bpf_get_socket_cookie(ctx));
	}
	return 1;
}

SEC("cgroup/connect4")
int autobind_connect4__cgroup(struct bpf_sock_addr *ctx)
{
	return udp_used(ctx);
}

SEC("cgroup/connect6")
int autobind_connect6__cgroup(struct bpf_sock_addr *ctx)
{
	return udp_used(ctx);
}

SEC("cgroup/sendmsg4")
int autobind_sendmsg4__cgroup(struct bpf_sock_addr *ctx)
{
	return udp_used(ctx);
}

SEC("cgroup/sendmsg6")
int autobind_sendmsg6__cgroup(struct bpf_sock_addr *ctx)
{
	return udp_used(ctx);
}

SEC("fexit/inet_bind")
int BPF_PROG(bindfail4__fexit, struct socket *socket, struct sockaddr *addr, int len, int ret)
{
	if (ret < 0)
		on_bind_failed(socket->sk, addr, false, -ret);
	return 0;
}

SEC("fexit/inet6_bind")
int BPF_PROG(bindfail6__fexit, struct socket *socket, struct sockaddr *addr, int len, int ret)
{
	if (ret < 0)
		on_bind_failed(socket->sk, addr, false, -ret);
	return 0;
}

static __always_inline void bind_call_begin(struct socket *socket, struct sockaddr *addr)
{
	call_begin(CALL_BIND_SOCKET, socket);
	call_begin(CALL_BIND_ADDRESS, addr);
}

static __always_inline void bind_call_end(int ret)
{
	struct socket *socket = call_end(CALL_BIND_SOCKET);
	struct sockaddr *addr = call_end(CALL_BIND_ADDRESS);

	if (ret < 0 && socket)
		on_bind_failed(BPF_CORE_READ(socket, sk), addr, false, -ret);
}

SEC("kprobe/inet_bind")
int BPF_KPROBE(bindfail4__kprobe, struct socket *socket, struct sockaddr *addr)
{
	bind_call_begin(socket, addr);
	return 0;
}

SEC("kretprobe/inet_bind")
int BPF_KRETPROBE(bindfail4__kret, int ret)
{
	bind_call_end(ret);
	return 0;
}

SEC("kprobe/inet6_bind")
int BPF_KPROBE(bindfail6__kprobe, struct socket *socket, struct sockaddr *addr)
{
	bind_call_begin(socket, addr);
	return 0;
}

SEC("kretprobe/inet6_bind")
int BPF_KRETPROBE(bindfail6__kret, int ret)
{
	bind_call_end(ret);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
