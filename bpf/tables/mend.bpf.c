// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tell whether the socket of an entry is still there, and put an entry right, for `portwatch
 * check`. Run by hand (BPF_PROG_TEST_RUN), because the counters of `ports` change under the hooks
 * in atomic steps, which no program outside the kernel can take.
 */
#include "entry.h"

/* Is there a socket at this address, and is it this one? */
static __always_inline bool is_there(struct sock *sk, __u64 cookie)
{
	__u64 now;

	if (!sock_is_there(sk))
		return false;
	now = sock_cookie_field(false, sk);
	return !cookie || !now || cookie == now;
}

static __always_inline int drop(struct sock *sk, __u64 cookie)
{
	struct pw_sock *e = entry_get(sk);

	if (!e || is_there(sk, cookie))
		return 0;
	entry_drop(e, sk);
	return 1;
}

/* From the kernel's socket, which knows; creator, user and times stay. */
static __noinline int refresh(struct sock *sk)
{
	struct pw_sock *e = sk ? entry_get(sk) : 0;
	struct pw_sock now = {};

	if (!e || !is_there(sk, e->cookie))
		return 0;
	sock_read(false, sk, &now);
	sock_set_state(&now, sock_state(false, sk));
	e->state = now.state ?: PW_CLOSE;
	e->family = now.family;
	e->ifindex = now.ifindex;
	e->laddr = now.laddr;
	e->raddr = now.raddr;
	e->rport = now.rport;
	e->netns = now.netns;
	if (now.cookie)
		e->cookie = now.cookie;
	if (now.lport)
		entry_port(e, sk, now.lport, now.state == PW_LISTEN || now.state == PW_BOUND);
	return 1;
}

/* Take a new slot in the port index: the entry's slot is another socket's. The counters are put
 * right by later steps. */
static __always_inline int move(struct sock *sk)
{
	struct pw_sock *e = entry_get(sk);

	if (!e)
		return 0;
	e->flags &= ~(PW_F_INDEXED | PW_F_COUNTED);
	port_enter(e, as_number(sk), true);
	return 1;
}

static __always_inline int recount(__u32 index, __s32 indexed, __s32 live)
{
	struct pw_port *p = bpf_map_lookup_elem(&ports, &index);

	if (!p)
		return 0;
	__sync_fetch_and_add(&p->indexed, indexed);
	__sync_fetch_and_add(&p->live, live);
	return 1;
}

/* args: enum pw_mend, and three numbers. */
SEC("raw_tp")
int mend(__u64 *args)
{
	struct sock *sk = (void *)args[1];
	int done = 0;

	switch (args[0]) {
	case PW_MEND_IS_THERE:
		return is_there(sk, args[2]);
	case PW_MEND_DROP:
		done = drop(sk, args[2]);
		break;
	case PW_MEND_REFRESH:
		done = refresh(sk);
		break;
	case PW_MEND_MOVE:
		done = move(sk);
		break;
	case PW_MEND_RECOUNT:
		done = recount(args[1], args[2], args[3]);
		break;
	case PW_MEND_NOTE:
		done = 1;
		break;
	}
	if (done)
		stat_add(PW_STAT_REPAIRED);
	return done;
}
