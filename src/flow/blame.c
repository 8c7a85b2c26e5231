// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/blame.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/bindrules.h"
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
	       a->family == b->family && a->ifindex == b->ifindex && a->flags == b->flags &&
	       a->actor.uid == b->actor.uid && !memcmp(&a->laddr, &b->laddr, sizeof(a->laddr)) &&
	       b->time_ns - a->time_ns < SAME_ANSWER_NS;
}

/* Return the bind() that the event is about. */
static struct bind_request request_of(const struct pw_event *ev)
{
	return (struct bind_request){
		.netns = ev->netns,
		.uid = ev->actor.uid,
		.addr = ev->laddr,
		.port = ev->lport,
		.ifindex = ev->ifindex,
		.proto = ev->proto,
		.family = ev->family,
		.reuseaddr = ev->flags & PW_EF_REUSEADDR,
		.reuseport = ev->flags & PW_EF_REUSEPORT,
		.v6only = ev->flags & PW_EF_V6ONLY,
	};
}

static int add(struct blame *b, const struct pw_actor *who, const struct socket *s, bool has_it)
{
	struct event_holder *more;

	for (size_t i = 0; i < b->nr_holders; i++)
		if (actor_same(&b->holders[i].actor, who))
			return 0;
	more = reallocarray(b->holders, b->nr_holders + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	more[b->nr_holders++] =
		(struct event_holder){ .actor = *who, .state = s->s.state, .left = !has_it };
	b->holders = more;
	return 0;
}

static int add_socket(struct blame *b, const struct answer *a, const struct socket *s)
{
	int err = 0;

	for (size_t i = 0; i < s->nr_holders && !err; i++)
		err = add(b, &a->processes[s->holders[i].process].id, s, true);
	/* Nobody has a descriptor: tell who was the last. */
	if (!s->nr_holders && sock_owner(&s->s)->tgid)
		err = add(b, sock_owner(&s->s), s, false);
	return err;
}

/* A socket that could not listen is bound to the port, and not in its own way. */
static bool is_own_socket(const struct pw_event *ev, const struct socket *s)
{
	return ev->call != PW_CALL_BIND && s->sk && s->sk == ev->sk;
}

/* Add the processes that have a socket in the way, then those that left such a socket behind. A
 * process that did both is named once. */
static int add_all(struct blame *b, const struct pw_event *ev, const struct answer *a,
		   const struct bind_request *r)
{
	int err = 0;

	for (int left = 0; left < 2; left++)
		for (size_t i = 0; i < a->nr_sockets && !err; i++)
			if ((a->sockets[i].nr_holders == 0) == left &&
			    !is_own_socket(ev, &a->sockets[i]) && bind_conflicts(r, &a->sockets[i]))
				err = add_socket(b, a, &a->sockets[i]);
	return err;
}

static int ask_tracker(struct blame *b, const struct pw_event *ev)
{
	_cleanup_(answer_done) struct answer a = {};
	struct bind_request r = request_of(ev);
	uint64_t ports[PORTSPEC_WORDS] = {};
	struct query q = {
		.ports = ports,
		.proto = ev->proto,
		.holders = true,
		.netns = ev->netns,
	};
	int err;

	answer_init(&a);
	port_set(ports, ev->lport);
	err = query_run(b->tracker, &q, &a);
	if (!err)
		err = bind_in_vrf(&r, &a) ?: add_all(b, ev, &a, &r);
	if (err || b->nr_holders)
		return err;
	/* The user at bind() need not be the one at socket(), whom SO_REUSEPORT asks for. */
	r.reuseaddr = r.reuseport = false;
	return add_all(b, ev, &a, &r);
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
