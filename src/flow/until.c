// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/until.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "flow/ask.h"
#include "model/verdict.h"
#include "track/query.h"

#define MSEC 1000000ull
#define AGAIN_NS MSEC	      /* something is between two states right now */
#define SLOW_NS (1000 * MSEC) /* nothing will tell of the end of what is in the way */
#define MAX_AGAIN_NS (4000 * MSEC)
#define TIMER_NS 300000ull /* for the kernel's own timers of the same tick to run first */
#define MAX_CLOSING 64
#define MAX_BLOCKERS 64
#define RING_BYTES (256u << 10)
#define POLL_MS 20 /* without a tracker, for new listeners */
#define POLL_FREE_MS                                                                               \
	200 /* for ends that sock_diag has not told: it does of all in our namespace               \
	     */

/* One port of those not free yet, and what its end can be known by. */
struct blocker {
	uint64_t sk; /* 0: TIME-WAIT */
	uint16_t port;
};

struct watch {
	struct until *u;
	struct answer *a;
	int timer_fd, gone_fd;
	uint64_t ports[PORTSPEC_WORDS];
	struct blocker blockers[MAX_BLOCKERS];
	size_t nr_blockers;
	bool any_event; /* more blockers than there is room for: every event counts */
	struct pw_event closing[MAX_CLOSING]; /* sockets that have been closed, a ring */
	size_t nr_closing;
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

/* Will its port be given back at once? A connection that was closed may stay for minutes. */
static bool is_end(const struct pw_event *ev)
{
	if (ev->kind == PW_EV_STATE)
		return ev->new_state == PW_CLOSE;
	if (ev->kind == PW_EV_TIMEWAIT)
		return true;
	return ev->kind == PW_EV_CLOSE && (ev->proto == PW_UDP || ev->new_state == PW_CLOSE ||
					   ev->new_state == PW_LISTEN || ev->new_state == PW_BOUND);
}

/* A snapshot's sockets have no address by which an event could be known to be about a blocker. */
static bool has_hooks(const struct watch *w)
{
	return tracker_kind(w->u->tracker) != TRACKER_SNAPSHOT;
}

static bool concerns(const struct watch *w, const struct pw_event *ev)
{
	if (w->any_event || !has_hooks(w))
		return true;
	for (size_t i = 0; i < w->nr_blockers; i++) {
		const struct blocker *b = &w->blockers[i];

		if (b->sk ? b->sk == ev->sk :
			    ev->kind == PW_EV_TIMEWAIT_END && ev->lport == b->port)
			return true;
	}
	return false;
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
	if (is_end(ev))
		w->closing[w->nr_closing++ % MAX_CLOSING] = *ev;
	w->worth_a_look |= concerns(w, ev);
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
			      v6only);
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
	/* listen() is told while it is under way; its port may not be chosen yet. Whoever called it
	 * may have lost its CPU to us for a while. */
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
	return last ? w->last_tick_ns + last * MSEC + TIMER_NS : clock_boot_ns() + AGAIN_NS;
}

/* As long as one blocker of a port is there no other needs a look; and if all ports are to be
 * free, one port's blocker is enough. */
static void note_blocker(struct watch *w, const struct verdict *v)
{
	if (w->nr_blockers && !w->u->any)
		return;
	if (w->nr_blockers == MAX_BLOCKERS) {
		w->any_event = true;
		return;
	}
	w->blockers[w->nr_blockers++] = (struct blocker){ v->blocker, v->port };
	if (!v->blocker)
		look_at(w, timewait_ends(w, v));
	else if (v->why == WHY_KERNEL)
		look_at(w, clock_boot_ns() + SLOW_NS);
}

/* What is in the way has been told to end: a look in between has seen it nevertheless, and
 * there will be no other event. */
static bool blocker_is_closing(const struct watch *w)
{
	if (w->nr_closing > MAX_CLOSING)
		return true;
	for (size_t i = 0; i < w->nr_blockers; i++)
		for (size_t k = 0; k < w->nr_closing; k++)
			if (w->blockers[i].sk && w->blockers[i].sk == w->closing[k].sk)
				return true;
	return false;
}

/* Sockets we saw closing, which the kernel has not yet taken their port from. */
static int any_still_closing(struct watch *w)
{
	size_t have = w->nr_closing < MAX_CLOSING ? w->nr_closing : MAX_CLOSING;

	/* What has been told then is what the kernel's tables do not show any more. */
	if (!has_hooks(w))
		have = 0;
	for (size_t i = 0; i < have; i++) {
		int holds = query_holds_port(w->u->tracker, &w->closing[i]);

		if (holds)
			return holds;
	}
	return 0;
}

/* A port is free if all its protocols that were asked for are. */
static int all_free(struct watch *w)
{
	const struct answer *a = w->a;
	size_t wanted = count(w->ports), have = wanted, i, k;
	bool reached;
	int r;

	w->nr_blockers = 0;
	w->any_event = false;
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
	if (!reached && !blocker_is_closing(w))
		return 0;
	r = any_still_closing(w);
	if (r < 0)
		return r;
	if (!r) {
		w->nr_closing = 0;
		if (reached)
			return 1;
	}
	look_at(w, clock_boot_ns() + AGAIN_NS);
	return 0;
}

static int look(struct watch *w)
{
	int r;

	/* What has been told up to here, the look itself will show. */
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

/* 1: the time has come. */
static int set_timer(struct watch *w)
{
	uint64_t now = clock_boot_ns(), when = w->u->deadline_ns;
	struct itimerspec timer = {};

	if (w->next_look_ns && (!when || w->next_look_ns < when))
		when = w->next_look_ns;
	if (when && when <= now)
		return 1;
	if (when) {
		timer.it_value.tv_sec = (when - now) / (1000 * MSEC);
		timer.it_value.tv_nsec = (when - now) % (1000 * MSEC);
	}
	return timerfd_settime(w->timer_fd, 0, &timer, NULL) ? -errno : 0;
}

/* The tracker's events wake us by themselves. */
static int poll_ms(const struct watch *w)
{
	return has_hooks(w) ? -1 : events_timeout(&w->u->events, 0);
}

/* 1: look again, 0: the deadline came. */
static int sleep_well(struct watch *w)
{
	struct pollfd fds[] = {
		{ .fd = events_fd(&w->u->events), .events = POLLIN },
		{ .fd = w->timer_fd, .events = POLLIN },
		{ .fd = w->u->signal_fd, .events = POLLIN },
		{ .fd = w->gone_fd, .events = POLLIN },
	};
	int r = set_timer(w);

	while (!r && !w->worth_a_look) {
		if (poll(fds, ARRAY_SIZE(fds), poll_ms(w)) < 0 && errno != EINTR)
			return -errno;
		if (fds[2].revents)
			return -EINTR;
		r = fds[3].revents ? tracker_still_there(w->u->tracker) : 0;
		if (r)
			return r;
		r = events_drain(&w->u->events, on_event, w);
		if (r < 0)
			return r;
		r = fds[1].revents != 0;
	}
	if (r < 0 || w->worth_a_look)
		return r < 0 ? r : 1;
	return !w->u->deadline_ns || clock_boot_ns() < w->u->deadline_ns;
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
	struct pw_filter f = {
		.want = PW_WANT_PORTS | PW_WANT_WAKE | (w->u->netns ? PW_WANT_NETNS : 0),
		.events = events[w->u->goal],
	};
	struct reader_opts opts = { .filter = &f, .ring_bytes = RING_BYTES, .no_calls = true };

	portspec_bitmap(&w->u->filter->ports, 0, w->ports);
	memcpy(f.ports, w->ports, sizeof(f.ports));
	for (size_t i = 0; i < PW_FILTER_PIDS; i++)
		f.pids[i] = PW_FILTER_NONE;
	for (size_t i = 0; i < PW_FILTER_NETNS; i++)
		f.netns[i] = i ? PW_FILTER_NONE : w->u->netns;
	w->gone_fd = tracker_gone_fd(w->u->tracker); /* before the first look */
	w->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (w->timer_fd < 0)
		return -errno;
	return open_events(w, &opts);
}

int until_reached(struct until *u, struct answer *ret)
{
	struct watch w = { .u = u, .a = ret, .timer_fd = -1 };
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
	if (w.timer_fd >= 0)
		close(w.timer_fd);
	return r;
}
