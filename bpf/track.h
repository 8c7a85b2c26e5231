/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One body per need: what a hook means for the maps and for the readers. The SEC
 * wrappers in the .bpf.c files only fetch arguments.
 *
 * Invariants: an entry exists from the moment a socket is given a port (or begins to
 * connect) until it has neither port nor fd; a port counter changes only together with
 * the entry's INDEXED/COUNTED flag. The current task means something only where the
 * comment says "process context": in softirq it is whoever was interrupted.
 */
#ifndef TRACK_H
#define TRACK_H

#include "sock.h"
#include "task.h"
#include "maps.h"
#include "index.h"
#include "emit.h"
#include "family.h"
#include "history.h"
#include "timewait.h"

static __always_inline struct pw_sock *entry_get(struct sock *sk)
{
	__u64 key = (__u64)sk;

	return bpf_map_lookup_elem(&sockets, &key);
}

static __always_inline void entry_drop(struct pw_sock *e, struct sock *sk)
{
	__u64 key = (__u64)sk;

	port_leave(e);
	if (!bpf_map_delete_elem(&sockets, &key))
		stat_add(PW_STAT_REMOVED);
}

/* Is the entry about this very socket? A cookie is unique as long as the kernel runs. */
static __always_inline bool entry_is(const struct pw_sock *e, __u64 cookie)
{
	return !e->cookie || !cookie || e->cookie == cookie;
}

/* The entry of this socket; one whose end we missed, under the same address, goes. Not
 * inline: on_listen() and what it calls leave 32 bytes of stack to the program. */
static __noinline __attribute__((unused)) struct pw_sock *entry_of(struct sock *sk, __u64 cookie)
{
	struct pw_sock *e = entry_get(sk);

	if (!e || entry_is(e, cookie))
		return e;
	entry_drop(e, sk);
	stat_add(PW_STAT_REPAIRED);
	return 0;
}

/* A new entry; what stands under this address is another socket whose end we missed. False: the
 * map is full. */
static __always_inline bool entry_put(struct sock *sk, struct pw_sock *s, bool wanted)
{
	__u64 key = (__u64)sk;
	struct pw_sock *old;
	int err;

	s->since_ns = bpf_ktime_get_boot_ns();
	port_enter(s, key, wanted);
	err = bpf_map_update_elem(&sockets, &key, s, BPF_NOEXIST);
	if (err == -EEXIST) {
		old = entry_get(sk);
		if (old)
			entry_drop(old, sk);
		stat_add(PW_STAT_REPAIRED);
		err = bpf_map_update_elem(&sockets, &key, s, BPF_NOEXIST);
	}
	if (err) {
		port_leave(s);
		refused(err);
		return false;
	}
	stat_add(PW_STAT_SOCKETS);
	return true;
}

/* The kernel has chosen or changed the local port: move the entry to its place. */
static __always_inline void entry_port(struct pw_sock *e, struct sock *sk, __u16 lport, bool wanted)
{
	if (e->lport == lport && (e->flags & (wanted ? PW_F_INDEXED : PW_F_INDEXED | PW_F_COUNTED)))
		return;
	port_leave(e);
	e->lport = lport;
	port_enter(e, (__u64)sk, wanted);
}

/* Process context. */
static __always_inline void entry_used_by_current(struct pw_sock *e)
{
	if (e->user.tgid != current_tgid())
		actor_of_current(&e->user);
}

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
		/* Told already, by another hook? One that had a port, and lost it with its
		 * connection, still has its number and its place. */
		if (!s.lport || (e->lport == s.lport && has_place(e) && e->state != PW_CLOSE))
			return 0;
		e->laddr = s.laddr;
		sock_set_state(&s, sock_state(false, sk));
		e->state = s.state;
		entry_port(e, sk, s.lport, true);
		entry_used_by_current(e);
		if (!(e->flags & PW_F_KERNEL))
			e->kin = family_found(&e->user, true);
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
		s.kin = family_found(&s.creator, true);
	entry_put(sk, &s, true);
	tell(PW_EV_BIND, (__u64)sk, &s, PW_CLOSE);
	stat_add(PW_STAT_EVENTS);
	return 0;
}

/* Process context. listen() on a bound or unbound socket. */
static __noinline __attribute__((unused)) int on_listen(struct sock *sk, __u64 cookie)
{
	struct pw_sock s = {}, *e;

	if (!sock_is_ours(false, sk))
		return 0;
	sock_read(false, sk, &s);
	if (cookie)
		s.cookie = cookie;
	sock_set_state(&s, PW_LISTEN);
	e = entry_get(sk);
	if (e && entry_is(e, s.cookie)) {
		e->state = PW_LISTEN;
		e->backlog = s.backlog;
		e->laddr = s.laddr;
		e->raddr = s.raddr;
		e->rport = s.rport;
		if (!e->cookie)
			e->cookie = s.cookie;
		e->listen_ns = bpf_ktime_get_boot_ns();
		entry_port(e, sk, s.lport, true);
		entry_used_by_current(e);
		if (!(e->flags & PW_F_KERNEL))
			e->kin = family_found(&e->user, true);
	} else {
		actor_of_current(&s.creator);
		if (!(s.flags & PW_F_KERNEL))
			s.kin = family_found(&s.creator, true);
		s.listen_ns = bpf_ktime_get_boot_ns();
		entry_put(sk, &s, true);
		e = &s;
	}
	tell(PW_EV_LISTEN, (__u64)sk, e, PW_CLOSE);
	stat_add(PW_STAT_EVENTS);
	return 0;
}

/*
 * Functions that are not inlined, for their room on the stack, in two ways: `direct` says
 * whether the verifier knows sk's type (see sock.h). Plain loads make a connection a fifth cheaper.
 */
#define BOTH_WAYS(type, name, params, ...)                                                         \
	static __noinline __attribute__((unused)) type name##_direct params                        \
	{                                                                                          \
		return name##_body(true, __VA_ARGS__);                                             \
	}                                                                                          \
	static __noinline __attribute__((unused)) type name##_probed params                        \
	{                                                                                          \
		return name##_body(false, __VA_ARGS__);                                            \
	}
#define EITHER_WAY(direct, name, ...)                                                              \
	((direct) ? name##_direct(__VA_ARGS__) : name##_probed(__VA_ARGS__))

/* Process context. CLOSE -> SYN_SENT: the kernel chooses the port a moment later. `tell_now`:
 * no hook sees that moment, so the readers hear of it without the port. */
static __always_inline int on_connect_body(const bool direct, struct sock *sk, __u64 cookie,
					   bool tell_now)
{
	struct pw_sock s = {}, *e;

	sock_read(direct, sk, &s);
	if (cookie)
		s.cookie = cookie;
	s.state = PW_SYN_SENT;
	e = entry_get(sk);
	if (e && entry_is(e, s.cookie) && !(e->flags & PW_F_RELEASED)) {
		if (e->state == PW_SYN_SENT) /* taken already, see state.bpf.c */
			return 0;
		e->state = PW_SYN_SENT;
		e->laddr = s.laddr;
		e->raddr = s.raddr;
		e->rport = s.rport;
		entry_used_by_current(e);
		/* The port of its last connection is not its own any more. */
		entry_port(e, sk, s.lport, false);
		e->flags |= PW_F_CONNECTED;
	} else {
		actor_of_current(&s.creator);
		s.flags |= PW_F_CONNECTED;
		entry_put(sk, &s, false);
		e = &s;
	}
	if (tell_now)
		tell(PW_EV_CONNECT, (__u64)sk, e, PW_CLOSE);
	stat_add(PW_STAT_EVENTS);
	return 0;
}
BOTH_WAYS(int, on_connect, (struct sock * sk, __u64 cookie, bool tell_now), sk, cookie, tell_now)

/* Any context. The kernel has chosen address and port of a connecting socket. */
static __always_inline int learn_local_body(const bool direct, struct sock *sk, struct pw_sock *e)
{
	struct pw_sock now = {};

	if (!e)
		return 0;
	sock_read_common(direct, &sk->__sk_common, &now);
	e->laddr = now.laddr;
	entry_port(e, sk, now.lport, false);
	return 0;
}
BOTH_WAYS(int, learn_local, (struct sock * sk, struct pw_sock *e), sk, e)

/* Who will have accepted this connection? Known only if every listener on the port in
 * this namespace belongs to one process; never guessed among several. */
static __always_inline void infer_creator(struct pw_sock *s)
{
	struct pw_slot_key key = { .port = s->lport, .proto = PW_TCP };
	struct pw_port *p = port_get(PW_TCP, s->lport);
	struct pw_sock *l;
	struct pw_actor *a;
	__u32 left;
	__u64 *sk;

	left = p ? p->indexed : 0;
	if (left > 4)
		return;
	for (int i = 0; i < 4 && left; i++) {
		key.slot = i;
		sk = bpf_map_lookup_elem(&port_slots, &key);
		if (!sk)
			continue;
		left--;
		l = bpf_map_lookup_elem(&sockets, sk);
		if (!l || l->netns != s->netns || l->state != PW_LISTEN)
			continue;
		a = l->user.tgid ? &l->user : &l->creator;
		if (s->creator.tgid && s->creator.tgid != a->tgid) {
			__builtin_memset(&s->creator, 0, sizeof(s->creator));
			return;
		}
		s->creator = *a;
		s->kin = l->kin;
		s->flags |= PW_F_INFERRED;
	}
	if (!left)
		return;
	/* One that was not looked at may be another's. */
	__builtin_memset(&s->creator, 0, sizeof(s->creator));
	s->kin = 0;
	s->flags &= ~PW_F_INFERRED;
}

static __always_inline void count_accepted(__u16 lport)
{
	struct pw_port *p = port_get(PW_TCP, lport);

	if (p)
		__sync_fetch_and_add(&p->accepted, 1);
}

/* Any context. A TCP socket we have no entry for. False: the map is full. */
static __always_inline bool meet(const bool direct, struct sock *sk, __u64 cookie, int state,
				 struct pw_sock *s)
{
	sock_read(direct, sk, s);
	if (cookie)
		s->cookie = cookie;
	s->state = state;
	if (state == PW_ESTABLISHED) {
		s->flags |= PW_F_ACCEPTED;
		count_accepted(s->lport);
		infer_creator(s);
	} else {
		stat_add(PW_STAT_LATE);
	}
	return entry_put(sk, s, false);
}

/* The entry of a socket that had none until now; NULL: the map is full. */
static __always_inline struct pw_sock *first_meeting_body(const bool direct, struct sock *sk,
							  int state)
{
	struct pw_sock s = {};

	return meet(direct, sk, 0, state, &s) ? entry_get(sk) : 0;
}
BOTH_WAYS(struct pw_sock *, first_meeting, (struct sock * sk, int state), sk, state)

/* It has changed its state. Most are accepted connections, one of two ends of each connection: so
 * not another look-up. 1: its pair may have a TIME-WAIT yet, to be seen to before it is told. */
static __always_inline int first_state_body(const bool direct, struct sock *sk, __u64 cookie,
					    int old, int state, bool infer_timewait)
{
	struct pw_sock s = {};

	if (!meet(direct, sk, cookie, state, &s))
		return 0;
	stat_add(PW_STAT_EVENTS);
	if (state == PW_ESTABLISHED && infer_timewait && tw_is_near(&s))
		return 1;
	tell(PW_EV_STATE, (__u64)sk, &s, old);
	return 0;
}
BOTH_WAYS(int, first_state,
	  (struct sock * sk, __u64 cookie, int old, int state, bool infer_timewait), sk, cookie,
	  old, state, infer_timewait)

/* Any context. The socket is in CLOSE: it has lost its connection, and its port unless
 * bind() chose it. */
static __always_inline void on_closed(const bool direct, struct sock *sk, struct pw_sock *e,
				      __u8 old)
{
	e->state = PW_CLOSE;
	if (!(e->flags & PW_F_TIMEWAIT))
		tell(PW_EV_STATE, (__u64)sk, e, old);
	/* Nobody has accepted it yet: reset, it can still be accepted, and then released; if its
	 * listener is closing (no error) it is never heard of again. */
	if ((e->flags & (PW_F_RELEASED | PW_F_KERNEL)) ||
	    (!sock_has_socket(direct, sk) && !SK_GET(direct, sk, sk_err))) {
		entry_drop(e, sk);
		return;
	}
	e->flags &= ~(PW_F_TIMEWAIT | PW_F_ESTIMATED);
	if (sock_keeps_port(direct, sk)) {
		e->state = PW_BOUND;
		e->rport = 0;
		__builtin_memset(&e->raddr, 0, sizeof(e->raddr));
		return;
	}
	/* An fd on nothing: wait for its release, or for another connect(). It keeps its place till
	 * then, though not its port: the release may be under way on another CPU, and two that take
	 * a socket from its place count it twice. */
}

/* Any context. Every TCP state change but CLOSE -> LISTEN and CLOSE -> SYN_SENT. */
static __always_inline void on_state(const bool direct, struct sock *sk, __u64 cookie, int old,
				     int state, bool infer_timewait)
{
	struct pw_sock *e = entry_of(sk, cookie);

	if (!e) {
		if (state == PW_CLOSE ||
		    !EITHER_WAY(direct, first_state, sk, cookie, old, state, infer_timewait))
			return;
		/* Not in there: all that are called one from another have 512 bytes of stack. */
		e = entry_get(sk);
		if (!e)
			return;
		tw_taken_over(e);
		tell(PW_EV_STATE, (__u64)sk, e, old);
		return;
	}
	if (e->state == state || (state == PW_CLOSE && e->state == PW_BOUND))
		return; /* taken already, see state.bpf.c */
	stat_add(PW_STAT_EVENTS);
	if (state == PW_CLOSE) {
		/* A reset leaves no TIME-WAIT behind. */
		if (infer_timewait && !(e->flags & PW_F_RESETS) &&
		    (old == PW_FIN_WAIT2 || old == PW_CLOSING) && !SK_GET(direct, sk, sk_err)) {
			stat_add_atomic(PW_STAT_TW_ENTERED);
			on_timewait(e, sk, 0);
		}
		on_closed(direct, sk, e, old);
		return;
	}
	if (state == PW_ESTABLISHED && !e->lport)
		EITHER_WAY(direct, learn_local, sk, e);
	if (state == PW_ESTABLISHED && infer_timewait)
		tw_taken_over(e);
	e->state = state;
	tell(PW_EV_STATE, (__u64)sk, e, old);
}

/* Process context. accept() hands a connection to a process. */
static __noinline __attribute__((unused)) int on_accept(struct sock *sk)
{
	struct pw_sock *e;

	if (!sock_is_ours(false, sk))
		return 0;
	e = entry_of(sk, sock_cookie_field(false, sk));
	if (!e)
		e = first_meeting_probed(sk, sock_state(false, sk));
	if (!e)
		return 0;
	actor_of_current(&e->user);
	e->flags &= ~PW_F_INFERRED;
	/* The child of an MPTCP listener is the kernel's until it has got its descriptor. */
	if (!current_is_kernel())
		e->flags &= ~PW_F_KERNEL;
	stat_add(PW_STAT_ACCEPTS);
	tell(PW_EV_ACCEPT, (__u64)sk, e, e->state);
	return 0;
}

/* Process context. The last fd is gone. A connected TCP socket lives on as an orphan
 * until it reaches CLOSE; everything else is over. */
static __always_inline void on_release(const bool direct, struct sock *sk, __u64 cookie, __u8 state)
{
	struct pw_sock *e = entry_of(sk, cookie);
	int place = 0;

	if (!e)
		return;
	stat_add(PW_STAT_EVENTS);
	if (e->flags & PW_F_INDEXED)
		place = history_add(as_number(sk));
	if (place > 0)
		history_turn(e->netns, e->lport, e->proto, place - 1);
	/* A descriptor in flight, or in an io_uring, is dropped by a kernel thread. */
	if ((e->creator.tgid != current_tgid() || (e->flags & PW_F_INFERRED)) &&
	    !current_is_kernel())
		entry_used_by_current(e);
	if (!e->lport && (e->flags & PW_F_COUNTED))
		entry_port(e, sk, sock_lport(direct, sk), false);
	e->flags |= PW_F_RELEASED;
	if (e->proto == PW_TCP && (state == PW_FIN_WAIT2 || state == PW_CLOSING) &&
	    sock_close_resets(sk))
		e->flags |= PW_F_RESETS;
	tell(PW_EV_CLOSE, (__u64)sk, e, e->state);
	if (e->proto == PW_UDP || state == PW_CLOSE)
		entry_drop(e, sk);
}

#endif
