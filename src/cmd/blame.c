// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/blame.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/portspec.h"
#include "track/query.h"

#define SAME_ANSWER_NS 50000000ull /* 50 ms */

void blame_done(struct blame *b)
{
	free(b->holders);
	b->holders = NULL;
	b->nr_holders = 0;
}

static bool same_question(const struct pw_event *a, const struct pw_event *b)
{
	return a->lport == b->lport && a->proto == b->proto && a->netns == b->netns &&
	       a->family == b->family && !memcmp(&a->laddr, &b->laddr, sizeof(a->laddr)) &&
	       b->time_ns - a->time_ns < SAME_ANSWER_NS;
}

static bool in_the_way(const struct socket *s, const struct pw_event *ev)
{
	return s->s.lport == ev->lport && s->s.proto == ev->proto && s->s.netns == ev->netns &&
	       portspec_covers(ev->family, &ev->laddr, s->s.family, &s->s.laddr,
			       s->s.flags & PW_F_V6ONLY);
}

static int add(struct blame *b, const struct pw_actor *who)
{
	struct pw_actor *more;

	for (size_t i = 0; i < b->nr_holders; i++)
		if (b->holders[i].tgid == who->tgid && b->holders[i].start_ns == who->start_ns)
			return 0;
	more = reallocarray(b->holders, b->nr_holders + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	more[b->nr_holders++] = *who;
	b->holders = more;
	return 0;
}

static int ask_tracker(struct blame *b, const struct pw_event *ev)
{
	_cleanup_(answer_done) struct answer a = {};
	uint64_t ports[PORTSPEC_WORDS] = {};
	struct query q = { .ports = ports, .proto = ev->proto, .holders = true };
	int err;

	answer_init(&a);
	port_set(ports, ev->lport);
	err = query_run(b->tracker, &q, &a);
	for (size_t i = 0; i < a.nr_sockets && !err; i++) {
		const struct socket *s = &a.sockets[i];

		for (size_t j = 0; in_the_way(s, ev) && j < s->nr_holders && !err; j++)
			err = add(b, &a.processes[s->holders[j].process].id);
	}
	return err;
}

void blame_ask(struct blame *b, const struct pw_event *ev, struct event_extra *ret)
{
	if (ev->kind != PW_EV_BIND_FAILED || ev->error != EADDRINUSE || !ev->lport)
		return;
	if (!b->known || !same_question(&b->last, ev)) {
		blame_done(b);
		b->known = !ask_tracker(b, ev);
		b->last = *ev;
	}
	ret->holders = b->holders;
	ret->nr_holders = b->nr_holders;
	ret->holders_known = b->known;
}
