// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/peer.h"

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "model/portspec.h"
#include "track/query.h"

#define PAUSE 9 /* looks are apart by so many times the time that the last one took */

static bool is_within_host(const struct pw_event *ev)
{
	return addr_is_loopback(ev->family, &ev->raddr) ||
	       addr_equal(ev->family, &ev->laddr, ev->family, &ev->raddr);
}

/* Can segments of its peer still reach the socket? No other socket has its pair of addresses then.
 */
static bool is_connected(uint8_t state)
{
	return state == PW_ESTABLISHED || state == PW_FIN_WAIT1 || state == PW_FIN_WAIT2 ||
	       state == PW_CLOSE_WAIT;
}

/* Is this entry at the socket's address still the socket of the event? */
static bool is_own(const struct pw_event *ev, const struct pw_sock *s)
{
	return s->since_ns <= ev->time_ns && s->lport == ev->lport && s->rport == ev->rport &&
	       (s->cookie == ev->cookie || !ev->cookie) && is_connected(s->state);
}

static bool is_other_end(const struct pw_event *ev, const struct socket *s)
{
	return s->s.netns == ev->netns && s->s.lport == ev->rport && s->s.rport == ev->lport &&
	       s->sk != ev->sk && is_connected(s->s.state) &&
	       addr_equal(s->s.family, &s->s.laddr, ev->family, &ev->raddr) &&
	       addr_equal(s->s.family, &s->s.raddr, ev->family, &ev->laddr);
}

/* Return the socket at the other end; NULL if none or more than one was seen. */
static const struct socket *other_end(const struct pw_event *ev, const struct answer *a)
{
	const struct socket *found = NULL;

	for (size_t i = 0; i < a->nr_sockets; i++) {
		if (!is_other_end(ev, &a->sockets[i]))
			continue;
		if (found)
			return NULL;
		found = &a->sockets[i];
	}
	return found;
}

static struct peer_end end_of(uint64_t sk, const struct pw_sock *s)
{
	return (struct peer_end){
		.sk = sk,
		.cookie = s->cookie,
		.actor = *sock_owner(s),
		.is_inferred = !s->user.tgid && s->flags & PW_F_INFERRED,
	};
}

/* The pair of addresses may be used again. A socket that is connected at the event and after the
 * look was so in between, and had one peer. */
static const struct peer_end *look(struct peer *p, const struct pw_event *ev)
{
	_cleanup_(answer_done) struct answer a = {};
	uint64_t ports[PORTSPEC_WORDS] = {};
	struct query q = {
		.ports = ports,
		.proto = PW_TCP,
		.netns = ev->netns,
		.no_small = true,
	};
	const struct socket *other;
	struct peer_pair *pair;
	struct pw_sock own;

	answer_init(&a);
	port_set(ports, ev->rport);
	if (query_run(p->tracker, &q, &a))
		return NULL;
	other = other_end(ev, &a);
	if (!other || query_entry(p->tracker, ev->sk, &own) || !is_own(ev, &own))
		return NULL;
	pair = &p->pairs[p->nr_pairs++ % PEER_PAIRS];
	pair->ends[0] = end_of(ev->sk, &own);
	pair->ends[1] = end_of(other->sk, &other->s);
	return &pair->ends[1];
}

/* Without a cookie a socket cannot be told from a later socket at its address. */
static const struct peer_end *remembered(const struct peer *p, const struct pw_event *ev)
{
	for (size_t i = 0; ev->cookie && i < PEER_PAIRS; i++)
		for (int k = 0; k < 2; k++)
			if (p->pairs[i].ends[k].sk == ev->sk &&
			    p->pairs[i].ends[k].cookie == ev->cookie)
				return &p->pairs[i].ends[!k];
	return NULL;
}

static const struct peer_end *look_at_most(struct peer *p, const struct pw_event *ev)
{
	uint64_t start = clock_boot_ns(), end;
	const struct peer_end *found;

	if (start < p->next_ns)
		return NULL;
	found = look(p, ev);
	end = clock_boot_ns();
	p->next_ns = end + (end - start) * PAUSE;
	return found;
}

void peer_ask(struct peer *p, const struct pw_event *ev, struct event_extra *ret)
{
	const struct peer_end *found;

	if ((ev->kind != PW_EV_ACCEPT && ev->kind != PW_EV_CONNECT) || ev->proto != PW_TCP ||
	    !ev->sk || !ev->lport || !ev->rport || !is_within_host(ev))
		return;
	found = remembered(p, ev) ?: look_at_most(p, ev);
	if (!found || !found->actor.tgid)
		return;
	ret->peer = &found->actor;
	ret->peer_inferred = found->is_inferred;
}
