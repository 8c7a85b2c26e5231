// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/descriptor.h"

#include "base/clock.h"
#include "model/portspec.h"
#include "sys/proc.h"
#include "track/query.h"

#define PAUSE 9 /* looks are apart by so many times the time that the last one took */

/* Another socket may have got the address of one that was closed: it has another cookie. */
static bool is_that(const struct pw_event *ev, const struct socket *s)
{
	return s->sk == ev->sk && ev->cookie && s->s.cookie == ev->cookie;
}

/* The event's process has it; whoever has got its number since has another start. */
static const struct holder *held_by(const struct answer *a, const struct socket *s,
				    const struct pw_actor *actor)
{
	for (size_t i = 0; i < s->nr_holders; i++)
		if (actor_same(&a->processes[s->holders[i].process].id, actor))
			return &s->holders[i];
	return NULL;
}

static void find(const struct answer *a, const struct pw_event *ev, struct event_extra *ret)
{
	for (size_t i = 0; i < a->nr_sockets; i++) {
		const struct holder *h = NULL;

		if (is_that(ev, &a->sockets[i]))
			h = held_by(a, &a->sockets[i], &ev->actor);
		if (!h)
			continue;
		ret->fds = h->fds;
		ret->nr_fds = h->nr_fds;
		return;
	}
}

static void look(struct descriptor *d, const struct pw_event *ev)
{
	uint64_t ports[PORTSPEC_WORDS] = {}, start = clock_boot_ns(), end;
	const struct query q = { .ports = ports, .proto = ev->proto, .netns = ev->netns };

	answer_done(&d->answer);
	answer_init(&d->answer);
	port_set(ports, ev->lport);
	if (query_process(d->tracker, &q, ev->actor.tgid, &d->answer)) {
		answer_done(&d->answer);
		answer_init(&d->answer);
	}
	end = clock_boot_ns();
	d->next_ns = end + (end - start) * PAUSE;
}

void descriptor_ask(struct descriptor *d, const struct pw_event *ev, struct event_extra *ret)
{
	/* query_process() takes a number of our PID namespace. */
	if ((ev->kind != PW_EV_BIND && ev->kind != PW_EV_LISTEN) || !ev->sk || !ev->lport ||
	    !ev->actor.tgid || !proc_pidns_is_initial())
		return;
	/* Between two looks the last one serves: a listen() comes right behind its bind(). */
	if (clock_boot_ns() >= d->next_ns)
		look(d, ev);
	find(&d->answer, ev, ret);
}

void descriptor_done(struct descriptor *d)
{
	answer_done(&d->answer);
}
