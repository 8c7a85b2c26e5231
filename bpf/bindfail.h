/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bind() that failed: what was asked for, by whom, and the kernel's answer. Shared by
 * the resident hooks and by those a reader attaches to the system call.
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

static __always_inline bool bind_failed_event(struct pw_event *e, struct sock *sk, const void *addr,
					      bool user, int error)
{
	struct asked_addr asked = {};
	struct pw_sock s = {};

	if (!sk || !sock_is_ours(false, sk))
		return false;
	sock_read(false, sk, &s);
	if (user)
		bpf_probe_read_user(&asked, sizeof(asked), addr);
	else
		bpf_probe_read_kernel(&asked, sizeof(asked), addr);
	__builtin_memset(&s.laddr, 0, sizeof(s.laddr));
	if (s.family == AF_INET6)
		s.laddr = asked.v6;
	else
		copy_v4(&s.laddr, asked.v4);
	s.lport = bpf_ntohs(asked.port);
	event_init(e, PW_EV_BIND_FAILED, (__u64)sk, &s);
	e->error = error;
	actor_of_current(&e->actor);
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

#endif
