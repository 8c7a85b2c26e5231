/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bind(), listen() or connect() that was refused a local port: what was asked for, by whom, and
 * the kernel's answer. Shared by the resident hooks and by those a reader attaches to the system
 * calls.
 */
#ifndef BINDFAIL_H
#define BINDFAIL_H

#include "sock.h"
#include "task.h"
#include "emit.h"
#include "errno.h"

/* uapi/linux/in.h and in6.h: never relocated. */
struct asked_addr {
	__u16 family;
	__be16 port;
	union {
		__be32 v4;
		struct {
			__be32 flowinfo;
			struct pw_addr v6;
		};
	};
};

/* Process context. */
static __always_inline void refusal_event(struct pw_event *e, struct sock *sk,
					  const struct pw_sock *s, __u8 call, int error)
{
	event_init(e, PW_EV_BIND_FAILED, (__u64)sk, s);
	e->new_state = 0; /* no change of state */
	e->call = call;
	e->error = error;
	actor_of_current(&e->actor);
	event_thread(e);
}

static __always_inline void asked_read(struct asked_addr *asked, const void *addr, bool user)
{
	if (user)
		bpf_probe_read_user(asked, sizeof(*asked), addr);
	else
		bpf_probe_read_kernel(asked, sizeof(*asked), addr);
}

static __always_inline void asked_copy(struct pw_addr *to, __u8 family,
				       const struct asked_addr *asked)
{
	__builtin_memset(to, 0, sizeof(*to));
	if (family == AF_INET6)
		*to = asked->v6;
	else
		copy_v4(to, asked->v4);
}

static __always_inline bool bind_failed_event(struct pw_event *e, struct sock *sk, const void *addr,
					      bool user, int error)
{
	struct asked_addr asked = {};
	struct pw_sock s = {};

	if (!sk || !sock_is_ours(false, sk))
		return false;
	sock_read(false, sk, &s);
	asked_read(&asked, addr, user);
	asked_copy(&s.laddr, s.family, &asked);
	s.lport = bpf_ntohs(asked.port);
	refusal_event(e, sk, &s, PW_CALL_BIND, error);
	return true;
}

static __always_inline void count_bind_failed(int error)
{
	switch (error) {
	case EADDRINUSE:
		stat_add(PW_STAT_BIND_INUSE);
		break;
	case EPERM:
	case EACCES:
		stat_add(PW_STAT_BIND_ACCESS);
		break;
	case EADDRNOTAVAIL:
		stat_add(PW_STAT_BIND_NOADDR);
		break;
	case EINVAL:
		stat_add(PW_STAT_BIND_INVALID);
		break;
	default:
		stat_add(PW_STAT_BIND_OTHER);
	}
}

/* Process context. */
static __always_inline void on_bind_failed(struct sock *sk, const void *addr, bool user, int error)
{
	struct pw_event e;

	count_bind_failed(error);
	if (anyone_listening() && bind_failed_event(&e, sk, addr, user, error))
		emit(&e);
}

/* Process context. listen() or connect(): the socket itself knows what was asked for. */
static __noinline __attribute__((unused)) int on_refused(struct sock *sk, __u8 call, int error)
{
	struct pw_sock s = {};
	struct pw_event e;

	count_bind_failed(error);
	if (!anyone_listening() || !sock_is_ours(false, sk))
		return 0;
	sock_read(false, sk, &s);
	refusal_event(&e, sk, &s, call, error);
	emit(&e);
	return 0;
}

#endif
