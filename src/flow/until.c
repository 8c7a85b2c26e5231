// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/until.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/sleep.h"
#include "flow/ask.h"
#include "flow/blockers.h"
#include "model/verdict.h"
#include "track/query.h"

#define AGAIN_NS NSEC_PER_MSEC /* something is between two states right now */
#define SLOW_NS NSEC_PER_SEC   /* nothing will tell of the end of what is in the way */
#define MAX_AGAIN_NS (4 * NSEC_PER_SEC)
#define TIMER_NS 300000ull /* for the kernel's own timers of the same tick to run first */
#define RING_BYTES (256u << 10)
#define POLL_MS 20 /* without a tracker, for new listeners */
/* For ends that sock_diag has not told: it tells of those in our namespace. */
#define POLL_FREE_MS 200

struct watch {
	struct until *u;
	struct answer *a;
	int gone_fd;
	uint64_t ports[PORTSPEC_WORDS];
	struct blockers blockers;
	bool worth_a_look;
	uint64_t again_ns;     /* pause before a look that something told may repeat; 0: none */
	uint64_t next_look_ns; /* 0: only after an event */
	uint64_t last_tick_ns; /* the kernel's last timer tick before the last look */
};

static void look_at(struct watch *w, uint64_t when)
{
	if (!w->next_look_ns || when < w->next_look_ns)
		w->next_look_ns = when;
}

/* ---- events ---- */

/* A snapshot's sockets have no address by which an event could be known to be about a blocker. */
static bool has_hooks(const struct watch *w)
{
	return tracker_kind(w->u->tracker) != TRACKER_SNAPSHOT;
}

static int on_event(void *arg, const struct pw_event *ev)
{
	struct watch *w = arg;

	if (ev->kind == PW_EV_LOST) {
		w->worth_a_look = true;
		return 0;
	}
	if ((w->u->netns && ev->netns != w->u->netns) ||
	    (ev->lport && !port_bit(w->ports, ev->lport)))
		return 0;
	if (w->u->goal == GOAL_LISTEN) {
		/* A bound TCP socket takes nothing yet. */
		w->worth_a_look |= ev->kind == PW_EV_LISTEN || ev->proto == PW_UDP;
		w->again_ns = AGAIN_NS / 4;
		return 0;
	}
	blockers_note_end(&w->blockers, ev);
	w->worth_a_look |= !has_hooks(w) || blockers_concern(&w->blockers, ev);
	return 0;
}

/* ---- the present ---- */

bool until_listens(const struct until *u, const struct socket *s)
{
	static const struct pw_addr any;
	uint8_t family = u->filter->families == FILTER_V4 ? PW_INET :
			 u->filter->families == FILTER_V6 ? PW_INET6 :
							    0;
	bool v6only = s->s.flags & PW_F_V6ONLY;

	if (s->s.state != PW_LISTEN && s->s.state != PW_UNCONN)
		return false;
	/* [::] is in the way of 0.0.0.0 also where it takes no IPv4; the reverse never helps. */
	if (family == PW_INET6 && s->s.family != PW_INET6)
		return false;
	return (!u->netns || s->s.netns == u->netns) &&
	       portspec_covers(family, &any, s->s.family, &s->s.laddr, v6only) &&
	       portspec_match(&u->filter->ports, s->s.proto, s->s.family, &s->s.laddr, s->s.lport,
			      v6only, s->device);
}

static size_t count(const uint64_t ports[PORTSPEC_WORDS])
{
	size_t n = 0;

	for (size_t i = 0; i < PORTSPEC_WORDS; i++)
		n += (size_t)__builtin_popcountll(ports[i]);
	return n;
}

static bool all_or_any(const struct watch *w, size_t wanted, size_t have)
{
	return w->u->any ? have > 0 : have == wanted;
}

static bool listening(struct watch *w)
{
	uint64_t found[PORTSPEC_WORDS] = {};
	size_t have = 0;

	for (size_t i = 0; i < w->a->nr_sockets; i++) {
		const struct socket *s = &w->a->sockets[i];

		if (!until_listens(w->u, s))
			continue;
		/* In the middle of listen(): a moment more. */
		if (s->bind.known && !s->bind.hashed)
			look_at(w, clock_boot_ns() + AGAIN_NS);
		else
			port_set(found, s->s.lport);
	}
	for (size_t i = 0; i < PORTSPEC_WORDS; i++)
		have += (size_t)__builtin_popcountll(w->ports[i] & found[i]);
	if (all_or_any(w, count(w->ports), have))
		return true;
	/* listen() is told while it is under way: its port may not be chosen yet. Its caller may
	 * have lost its CPU to us for a while. */
	if (w->again_ns) {
		look_at(w, clock_boot_ns() + w->again_ns);
		w->again_ns = w->again_ns < MAX_AGAIN_NS ? 2 * w->again_ns : 0;
	}
	return false;
}

static bool is_free(const struct verdict *v)
{
	/* More waiting will not give anybody the right to bind it. */
	return v->bindable || v->why == WHY_PRIVILEGED;
}

/*
 * When the last TIME-WAIT on a port is over, told by the kernel's timer: that counts ticks, so the
 * time left is from the last tick before the look on. If another came while we looked, the
 * answer is a tick early, and one more look is due.
 */
static uint64_t timewait_ends(const struct watch *w, const struct verdict *v)
{
	uint64_t last = 0;
	bool any = false;

	for (size_t i = 0; i < w->a->nr_sockets; i++) {
		const struct socket *s = &w->a->sockets[i];

		if (!s->timewait || s->s.lport != v->port || !s->has_expires ||
		    (w->u->netns && s->s.netns != w->u->netns))
			continue;
		any = true;
		if (s->expires_ms > last)
			last = s->expires_ms;
	}
	if (!any)
		return clock_boot_ns() + SLOW_NS;
	return last ? w->last_tick_ns + last * NSEC_PER_MSEC + TIMER_NS :
		      clock_boot_ns() + AGAIN_NS;
}

/* As long as one blocker of a port is there no other needs a look; and if all ports are to be
 * free, one port's blocker is enough. */
static void note_blocker(struct watch *w, const struct verdict *v)
{
	if (w->blockers.nr && !w->u->any)
		return;
	blockers_add(&w->blockers, v);
	if (!v->blocker)
		look_at(w, timewait_ends(w, v));
	else if (v->why == WHY_KERNEL)
		look_at(w, clock_boot_ns() + SLOW_NS);
}

/* A port is free if all its protocols that were asked for are. */
static int all_free(struct watch *w)
{
	const struct answer *a = w->a;
	size_t wanted = count(w->ports), have = wanted, i, k;
	bool reached;
	int r;

	blockers_reset(&w->blockers);
	for (i = 0; i < a->nr_verdicts; i = k) {
		const struct verdict *busy = NULL;

		for (k = i; k < a->nr_verdicts && a->verdicts[k].port == a->verdicts[i].port; k++)
			if (!is_free(&a->verdicts[k]))
				busy = &a->verdicts[k];
		/* Of many ports those without any socket are not judged: they are free. */
		have -= busy != NULL;
		if (busy)
			note_blocker(w, busy);
	}
	reached = all_or_any(w, wanted, have);
	/* A query in between has seen what was told to end, and no other event will come. */
	if (!reached && !blockers_are_closing(&w->blockers))
		return 0;
	/* Without hooks, what was told to end is in the kernel's tables no more. */
	r = has_hooks(w) ? blockers_still_hold(&w->blockers, w->u->tracker) : 0;
	if (r < 0)
		return r;
	if (!r) {
		w->blockers.nr_closing = 0;
		if (reached)
			return 1;
	}
	look_at(w, clock_boot_ns() + AGAIN_NS);
	return 0;
}

static int look(struct watch *w)
{
	int r;

	/* Take the events told up to here first: the look itself shows what they changed. */
	r = events_drain(&w->u->events, on_event, w);
	if (r < 0)
		return r;
	w->worth_a_look = false;
	w->next_look_ns = 0;
	answer_done(w->a);
	w->last_tick_ns = clock_boot_ns() - clock_since_tick_ns();
	r = ask_verdicts(w->u->tracker, w->u->filter, w->u->netns, w->a);
	/* Maps that no hook keeps right any more prove nothing. */
	if (!r)
		r = tracker_still_there(w->u->tracker);
	if (r)
		return r;
	return w->u->goal == GOAL_LISTEN ? listening(w) : all_free(w);
}

/* ---- sleeping ---- */

/* When to wake up: at the deadline, at the next query, or when a source without hooks asks to. The
 * tracker's events wake us by themselves. */
static uint64_t wake_ns(const struct watch *w)
{
	uint64_t ns = has_hooks(w) ? SLEEP_FOREVER : sleep_in_ms(events_timeout(&w->u->events, 0));

	if (w->u->deadline_ns && w->u->deadline_ns < ns)
		ns = w->u->deadline_ns;
	return w->next_look_ns && w->next_look_ns < ns ? w->next_look_ns : ns;
}

static bool has_come(uint64_t ns)
{
	return ns && clock_boot_ns() >= ns;
}

/* 1: look again, 0: the deadline came. */
static int sleep_well(struct watch *w)
{
	struct pollfd fds[] = {
		{ .fd = events_fd(&w->u->events), .events = POLLIN },
		{ .fd = w->u->signal_fd, .events = POLLIN },
		{ .fd = w->gone_fd, .events = POLLIN },
	};
	int r = 0;

	while (!w->worth_a_look && !has_come(w->next_look_ns) && !has_come(w->u->deadline_ns)) {
		r = sleep_until(fds, ARRAY_SIZE(fds), wake_ns(w), NULL);
		if (r < 0)
			return r;
		if (fds[1].revents)
			return -EINTR;
		r = fds[2].revents ? tracker_still_there(w->u->tracker) : 0;
		if (!r)
			r = events_drain(&w->u->events, on_event, w);
		if (r < 0)
			return r;
	}
	return w->worth_a_look || !has_come(w->u->deadline_ns);
}

static int open_events(struct watch *w, const struct reader_opts *opts)
{
	static const uint32_t states[] = {
		[GOAL_LISTEN] = 1u << PW_LISTEN | 1u << PW_UNCONN,
		[GOAL_FREE] = ~(1u << PW_TIME_WAIT | 1u << PW_SYN_RECV | 1u << PW_NEW_SYN_RECV),
	};
	const struct live_opts live = {
		.filter = opts->filter,
		.wake_ms = w->u->goal == GOAL_LISTEN ? POLL_MS : POLL_FREE_MS,
		.wake_states = states[w->u->goal],
	};

	if (has_hooks(w))
		return events_from_tracker(w->u->tracker, opts, &w->u->events);
	return events_without_tracker(&live, &w->u->events);
}

static int start(struct watch *w)
{
	static const uint32_t events[] = {
		[GOAL_LISTEN] = 1u << PW_EV_LISTEN | 1u << PW_EV_BIND,
		[GOAL_FREE] = 1u << PW_EV_CLOSE | 1u << PW_EV_STATE | 1u << PW_EV_TIMEWAIT |
			      1u << PW_EV_TIMEWAIT_END,
	};
	struct pw_filter f;
	struct reader_opts opts = { .filter = &f, .ring_bytes = RING_BYTES, .no_calls = true };

	portspec_bitmap(&w->u->filter->ports, 0, w->ports);
	filter_on_ports(&w->u->filter->ports, &f);
	f.want |= PW_WANT_WAKE;
	f.events = events[w->u->goal];
	if (w->u->netns) {
		f.want |= PW_WANT_NETNS;
		f.netns[0] = w->u->netns;
	}
	w->gone_fd = tracker_gone_fd(w->u->tracker); /* before the first look */
	return open_events(w, &opts);
}

int until_reached(struct until *u, struct answer *ret)
{
	struct watch w = { .u = u, .a = ret };
	int r = start(&w);

	while (!r) {
		r = look(&w);
		if (r)
			break;
		r = sleep_well(&w);
		if (r <= 0)
			break;
		r = 0;
	}
	return r;
}
