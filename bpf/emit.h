/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events to readers. Each reader has a ring of its own and a filter that is applied
 * here, so nobody pays for what nobody wants; with no reader an event costs one load.
 *
 * Wake-ups: a reader is woken at the first event after a pause of a millisecond, or
 * when its ring is a quarter full; after a wake-up it looks again within two
 * milliseconds by itself (src/track/reader.c), so nothing is left lying.
 */
#ifndef EMIT_H
#define EMIT_H

#include "maps.h"
#include "task.h"
#include "compat.h"

#define WAKE_PAUSE_NS 1000000ull

static __always_inline bool anyone_listening(void)
{
	struct pw_meta *m = meta_get();

	return m && m->reader_mask;
}

/* Is value one of n? Without a branch per element, which the verifier would follow. */
static __always_inline __u32 is_one_of(const __u32 *set, __u32 n, __u32 value)
{
	__u32 found = 0, differs;

#pragma clang loop unroll(full)
	for (__u32 i = 0; i < n; i++) {
		differs = set[i] ^ value;
		barrier_var(differs);
		found |= ((differs | -differs) >> 31) ^ 1;
		barrier_var(found);
	}
	return found;
}

/* The part of struct pw_event that filters look at. */
struct event_head {
	__u64 time_ns;
	__u32 netns;
	__u16 lport;
	__u16 rport;
	__u8 kind;
	__u8 family;
	__u8 proto;
	__u8 old_state;
	__u8 new_state;
	__u8 flags;
	__u8 pad[2];
};

_Static_assert(sizeof(struct event_head) == __builtin_offsetof(struct pw_event, actor),
	       "event_head is the beginning of pw_event");

/* Unused elements of pids[] and netns[] hold PW_FILTER_NONE, which is neither. */
static __always_inline bool filter_wants(const struct pw_filter *f, const struct event_head *e,
					 __u32 tgid)
{
	if (f->events && !(f->events & (1u << (e->kind & 31))))
		return false;
	if (f->proto && f->proto != e->proto)
		return false;
	if (f->family && f->family != e->family)
		return false;
	if (f->states && !(f->states & (1u << (e->new_state & 31))))
		return false;
	/* A port the kernel has not chosen yet may turn out to be one of these. */
	if ((f->want & PW_WANT_PORTS) && e->lport &&
	    !(f->ports[(e->lport >> 6) & 1023] & (1ull << (e->lport & 63))))
		return false;
	if ((f->want & PW_WANT_PIDS) && !is_one_of(f->pids, PW_FILTER_PIDS, tgid))
		return false;
	return !(f->want & PW_WANT_NETNS) || is_one_of(f->netns, PW_FILTER_NETNS, e->netns);
}

/*
 * Global functions: the verifier looks at them once per program, not once per reader and
 * call. On 5.10 they take scalars only, so the event's address travels as a number.
 */
__weak __noinline int emit_to(__u64 event, __u32 seat)
{
	struct pw_reader *r = bpf_map_lookup_elem(&readers, &seat);
	void *ring = bpf_map_lookup_elem(&rings, &seat);
	const struct pw_event *from = (void *)event;
	__u64 flags = BPF_RB_NO_WAKEUP;
	struct event_head head;
	struct pw_event *to;
	__u32 tgid;

	if (!r || !ring || bpf_probe_read_kernel(&head, sizeof(head), from) ||
	    bpf_probe_read_kernel(&tgid, sizeof(tgid), &from->actor.tgid) ||
	    !filter_wants(&r->filter, &head, tgid))
		return 0;
	if ((r->filter.want & PW_WANT_WAKE) || head.time_ns - r->last_wake_ns > WAKE_PAUSE_NS ||
	    bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) >
		    bpf_ringbuf_query(ring, BPF_RB_RING_SIZE) / 4) {
		flags = BPF_RB_FORCE_WAKEUP;
		r->last_wake_ns = head.time_ns;
	}
	to = bpf_ringbuf_reserve(ring, sizeof(*to), 0);
	if (!to) {
		__sync_fetch_and_add(&r->lost, 1);
		stat_add(PW_STAT_LOST);
		return 0;
	}
	bpf_probe_read_kernel(to, sizeof(*to), from);
	bpf_ringbuf_submit(to, flags);
	__sync_fetch_and_add(&r->sent, 1);
	stat_add(PW_STAT_SENT);
	return 0;
}

/* Inline: one frame less of the stack, of which the verifier counts 512 bytes. */
static __always_inline void emit(struct pw_event *e)
{
	struct pw_meta *m = meta_get();
	__u64 event = as_number(e), mask;

	if (!m)
		return;
	mask = m->reader_mask;
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < PW_MAX_READERS; i++)
		if (mask & (1ull << i))
			emit_to(event, i);
}

/* Note whose the socket is. */
static __always_inline void event_actor(struct pw_event *e, const struct pw_sock *s)
{
	e->actor = *sock_owner(s);
	if (!s->user.tgid && s->creator.tgid && (s->flags & PW_F_INFERRED))
		e->flags |= PW_EF_INFERRED;
}

/* Note the thread, if the call is the actor's: the kernel's own threads work for others, too. */
static __always_inline void event_thread(struct pw_event *e)
{
	struct task_struct *task = task_current();

	if ((__u32)BPF_CORE_READ(task, tgid) == e->actor.tgid)
		e->thread = (__u32)BPF_CORE_READ(task, pid);
}

static __always_inline void event_init(struct pw_event *e, __u8 kind, __u64 sk,
				       const struct pw_sock *s)
{
	__builtin_memset(e, 0, sizeof(*e));
	e->time_ns = bpf_ktime_get_boot_ns();
	e->kind = kind;
	e->sk = sk;
	e->cookie = s->cookie;
	e->laddr = s->laddr;
	e->raddr = s->raddr;
	e->netns = s->netns;
	e->backlog = s->backlog;
	e->ifindex = s->ifindex;
	e->lport = s->lport;
	e->rport = s->rport;
	e->family = s->family;
	e->proto = s->proto;
	e->new_state = s->state;
	if (s->flags & PW_F_V6ONLY)
		e->flags |= PW_EF_V6ONLY;
	if (s->flags & PW_F_REUSEPORT)
		e->flags |= PW_EF_REUSEPORT;
	if (s->flags & PW_F_REUSEADDR)
		e->flags |= PW_EF_REUSEADDR;
	if (s->flags & PW_F_SEEDED)
		e->flags |= PW_EF_SEEDED;
	if (e->kind == PW_EV_TIMEWAIT && (s->flags & PW_F_ESTIMATED))
		e->flags |= PW_EF_ESTIMATED;
}

/* Tell the readers, if there are any, what a socket has become. */
static __noinline __attribute__((unused)) int tell(__u8 kind, __u64 sk, const struct pw_sock *s,
						   __u8 old_state)
{
	struct pw_event e;

	if (!s || !anyone_listening())
		return 0;
	event_init(&e, kind, sk, s);
	e.old_state = old_state;
	event_actor(&e, s);
	if (event_is_call(kind))
		event_thread(&e);
	if (kind == PW_EV_CLOSE && s->since_ns && !(s->flags & PW_F_SEEDED))
		e.age_ns = e.time_ns - s->since_ns;
	emit(&e);
	return 0;
}

#endif
