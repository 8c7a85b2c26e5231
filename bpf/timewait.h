/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TIME-WAIT sockets: how they begin for us, and how they end, however that was noticed.
 *
 * A TIME-WAIT ends early if a new connection uses the same pair of addresses. Where no hook tells
 * of ends, that connection does: when it is met, or at the latest when it leaves a TIME-WAIT of its
 * own.
 */
#ifndef TIMEWAIT_H
#define TIMEWAIT_H

#include "maps.h"
#include "index.h"
#include "emit.h"
#include "timer.h"

/* TCP_TIMEWAIT_LEN, and how much later the timer may run (see timer_runs()). */
#define TW_LEN_NS 62500000000ull

static __always_inline void tw_key_of(struct pw_tw_key *key, const struct pw_sock *s)
{
	__builtin_memset(key, 0, sizeof(*key));
	key->laddr = s->laddr;
	key->raddr = s->raddr;
	key->netns = s->netns;
	key->lport = s->lport;
	key->rport = s->rport;
}

/* A socket that is older than the tracker does not say who called whom. */
static __always_inline __u8 side_of(const struct pw_sock *s, const struct pw_port *p)
{
	if (s->flags & PW_F_CONNECTED)
		return PW_SIDE_CONNECTED;
	if ((s->flags & PW_F_ACCEPTED) || (p && p->indexed))
		return PW_SIDE_ACCEPTED;
	return PW_SIDE_UNKNOWN;
}

static __always_inline void tally_key_of(struct pw_tally_key *key, const struct pw_tw *tw,
					 __u16 lport)
{
	__builtin_memset(key, 0, sizeof(*key));
	/* comm is not padded: bytes after the NUL may be stale, so copy only up to it. */
	bpf_probe_read_kernel_str(key->comm, sizeof(key->comm), tw->actor.comm);
	key->port = tw->side == PW_SIDE_ACCEPTED ? lport : 0;
}

static __noinline __attribute__((unused)) int tally_entered(const struct pw_tw *tw, __u16 lport)
{
	struct pw_tally fresh = {}, *t;
	struct pw_tally_key key;

	if (!tw)
		return 0;
	tally_key_of(&key, tw, lport);
	t = bpf_map_lookup_elem(&tallies, &key);
	if (!t) {
		bpf_map_update_elem(&tallies, &key, &fresh, BPF_NOEXIST);
		t = bpf_map_lookup_elem(&tallies, &key);
	}
	if (t)
		__sync_fetch_and_add(&t->entered, 1);
	else
		stat_add_atomic(PW_STAT_TW_NAMELESS);
	return 0;
}

static __always_inline void end_event(struct pw_event *e, const struct pw_tw_key *key, __u8 family)
{
	e->kind = PW_EV_TIMEWAIT_END;
	e->family = family;
	e->proto = PW_TCP;
	e->old_state = PW_TIME_WAIT;
	e->new_state = PW_CLOSE;
	e->laddr = key->laddr;
	e->raddr = key->raddr;
	e->lport = key->lport;
	e->rport = key->rport;
	e->netns = key->netns;
}

/* Tell the end of a TIME-WAIT that is not in the map: nobody can say who left it. Global, see
 * emit.h. */
__weak __noinline int tw_gone_unknown(__u64 key_at, __u32 family)
{
	struct pw_event e = {};
	struct pw_tw_key key;

	if (!anyone_listening() || bpf_probe_read_kernel(&key, sizeof(key), (void *)key_at))
		return 0;
	e.time_ns = bpf_ktime_get_boot_ns();
	end_event(&e, &key, family);
	emit(&e);
	return 0;
}

/* For tw_gone(): a new connection was met on its pair. */
#define TW_MET (1u << 8)

/*
 * Global, see emit.h: the key travels as a number. flags: PW_EF_REUSED, PW_EF_ESTIMATED or
 * TW_MET. Returns whether there was one.
 */
__weak __noinline int tw_gone(__u64 key_at, __u32 flags)
{
	struct pw_event e = {};
	struct pw_tally_key named;
	struct pw_tally *tally;
	struct pw_tw_key key;
	struct pw_tw *tw;
	bool told;

	if (bpf_probe_read_kernel(&key, sizeof(key), (void *)key_at))
		return 0;
	tw = bpf_map_lookup_elem(&timewait, &key);
	if (!tw)
		return 0;
	e.time_ns = bpf_ktime_get_boot_ns();
	e.age_ns = tw->since_ns ? e.time_ns - tw->since_ns : 0;
	/* A TIME-WAIT that would be over by now has probably ended before the connection came. */
	if (flags == TW_MET)
		flags = e.age_ns && e.age_ns < TW_LEN_NS ? PW_EF_REUSED : PW_EF_ESTIMATED;
	/* Read the element now: once deleted it is another's at once. A TIME-WAIT that is older
	 * than the tracker was never counted. */
	tally_key_of(&named, tw, key.lport);
	tally = e.age_ns ? bpf_map_lookup_elem(&tallies, &named) : 0;
	told = anyone_listening();
	if (told) {
		end_event(&e, &key, tw->family);
		e.cookie = tw->cookie;
		e.flags = flags;
		e.actor = tw->actor;
	}
	if (bpf_map_delete_elem(&timewait, &key))
		return 0; /* somebody else was quicker */
	if (tally)
		__sync_fetch_and_add(&tally->ended, 1);
	if (flags & PW_EF_REUSED)
		stat_add_atomic(PW_STAT_TW_REUSED);
	if (told)
		emit(&e);
	return 1;
}

/* Whether a TIME-WAIT can be left on the socket's port. */
static __always_inline bool tw_is_near(const struct pw_sock *s)
{
	struct pw_port *p = port_get(PW_TCP, s->lport);

	return p && p->last_tw_ns && s->since_ns <= p->last_tw_ns + PW_TW_GONE_NS;
}

/* End the TIME-WAIT on a connection's pair: it cannot be left. The map is asked only if its port
 * had a TIME-WAIT lately. */
static __noinline __attribute__((unused)) int tw_taken_over(const struct pw_sock *e)
{
	struct pw_tw_key key;

	if (!e || !tw_is_near(e))
		return 0;
	tw_key_of(&key, e);
	if (tw_gone(as_number(&key), TW_MET))
		stat_add_atomic(PW_STAT_TW_LEFT);
	return 0;
}

/* Count a TIME-WAIT for the process that left it, and for the peer. */
static __noinline __attribute__((unused)) int churn_add(const struct pw_sock *s, __u8 side,
							const struct pw_actor *a)
{
	struct pw_churn fresh = { .entered = 1 }, *c;
	struct pw_churn_key key = {};

	if (!s || !a)
		return 0;
	key.laddr = s->laddr;
	key.raddr = s->raddr;
	key.start_ns = a->start_ns;
	key.tgid = a->tgid;
	key.netns = s->netns;
	key.lport = side == PW_SIDE_ACCEPTED ? s->lport : 0;
	key.rport = side == PW_SIDE_ACCEPTED ? 0 : s->rport;
	key.family = s->family;
	c = bpf_map_lookup_elem(&churn, &key);
	if (!c) {
		fresh.since_ns = bpf_ktime_get_boot_ns();
		fresh.actor = *a;
		if (!bpf_map_update_elem(&churn, &key, &fresh, BPF_NOEXIST))
			return 0;
		c = bpf_map_lookup_elem(&churn, &key);
	}
	if (c)
		__sync_fetch_and_add(&c->entered, 1);
	return 0;
}

/* Note whether a single process leaves all TIME-WAIT of this pair. A full map costs time only. */
static __noinline __attribute__((unused)) int pair_owner_note(const struct pw_sock *s, __u8 side,
							      const struct pw_actor *a, __u64 now)
{
	struct pw_pair_owner fresh = {}, *p;
	struct pw_tw_key key;

	if (!s || !a)
		return 0;
	tw_key_of(&key, s);
	if (side == PW_SIDE_ACCEPTED)
		key.rport = 0;
	else
		key.lport = 0;
	p = bpf_map_lookup_elem(&pair_owners, &key);
	if (!p) {
		fresh.start_ns = a->start_ns;
		fresh.tgid = a->tgid;
		fresh.last_ns = now;
		bpf_map_update_elem(&pair_owners, &key, &fresh, BPF_NOEXIST);
		return 0;
	}
	if (p->tgid != a->tgid || p->start_ns != a->start_ns) {
		if (now - p->last_ns < PW_TW_GONE_NS)
			p->mixed_until_ns = now + PW_TW_GONE_NS;
		p->start_ns = a->start_ns;
		p->tgid = a->tgid;
	}
	p->last_ns = now;
	return 0;
}

/* Enter a TIME-WAIT. Return false if this pair has one. Not inline, for its room on the stack. */
static __noinline __attribute__((unused)) bool tw_put(const struct pw_sock *e, __u8 substate)
{
	struct pw_meta *m = meta_get();
	struct pw_tw_key key;
	struct pw_tw tw = {};
	struct pw_port *p;

	if (!e)
		return true;
	p = port_get(PW_TCP, e->lport);
	tw_key_of(&key, e);
	tw.since_ns = bpf_ktime_get_boot_ns();
	tw.seen = m ? m->tw_pass : 0; /* a pass that has begun may not meet it */
	tw.cookie = e->cookie;
	tw.actor = *sock_owner(e);
	tw.family = e->family;
	tw.substate = substate;
	tw.side = side_of(e, p);
	if (bpf_map_update_elem(&timewait, &key, &tw, BPF_NOEXIST))
		return false;
	if (p)
		p->last_tw_ns = tw.since_ns;
	churn_add(e, tw.side, &tw.actor);
	pair_owner_note(e, tw.side, &tw.actor, tw.since_ns);
	tally_entered(&tw, e->lport);
	return true;
}

/* Any context. A connection leaves a TIME-WAIT socket behind. substate 0: inferred. */
static __noinline __attribute__((unused)) int on_timewait(struct pw_sock *e, struct sock *sk,
							  __u8 substate)
{
	struct pw_tw_key key;
	__u8 old;

	if (!e)
		return 0;
	old = e->state;
	if (!tw_put(e, substate)) {
		tw_key_of(&key, e);
		if (tw_gone(as_number(&key), TW_MET))
			stat_add_atomic(PW_STAT_TW_LEFT);
		tw_put(e, substate);
	}
	e->flags |= PW_F_TIMEWAIT | (substate ? 0 : PW_F_ESTIMATED);
	e->state = substate ?: PW_TIME_WAIT;
	return tell(PW_EV_TIMEWAIT, (__u64)sk, e, old);
}

#endif
