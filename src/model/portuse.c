// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/portuse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/hmap.h"
#include "model/bindrules.h"
#include "model/portspec.h"

struct user {
	uint64_t tgid;
	struct portuse_user user;
};

bool portuse_applies(const struct pw_event *ev)
{
	return ev->kind == PW_EV_BIND_FAILED && !ev->lport &&
	       (ev->error == EADDRINUSE || ev->error == EADDRNOTAVAIL || ev->error == EAGAIN) &&
	       (ev->error != EADDRNOTAVAIL || ev->call == PW_CALL_CONNECT);
}

static enum portuse_kind kind_of(const struct socket *s)
{
	switch (s->s.state) {
	case PW_LISTEN:
		return PORTUSE_LISTENING;
	case PW_BOUND:
	case PW_UNCONN:
	case PW_CLOSE:
		return PORTUSE_BOUND;
	case PW_TIME_WAIT:
		return PORTUSE_TIMEWAIT;
	default:
		return s->timewait ? PORTUSE_TIMEWAIT : PORTUSE_CONNECTED;
	}
}

/* connect() shares ports that connect() has chosen, with connections to somewhere else or on
 * another device, and no others (__inet_hash_connect, net/ipv4/inet_hashtables.c). */
static bool keeps_from_connect(const struct pw_event *ev, const struct bind_request *r,
			       const struct socket *s)
{
	enum portuse_kind kind = kind_of(s);

	if (s->bind.known && s->bind.vrf != r->vrf)
		return false;
	if (kind == PORTUSE_LISTENING || kind == PORTUSE_BOUND ||
	    s->s.flags & (PW_F_EXPLICIT | PW_F_ACCEPTED))
		return true;
	if (s->s.rport != ev->rport || memcmp(&s->s.raddr, &ev->raddr, sizeof(ev->raddr)) != 0)
		return false;
	if (ev->ifindex && s->s.ifindex && ev->ifindex != s->s.ifindex)
		return false;
	return addr_is_any(ev->family, &ev->laddr) ||
	       !memcmp(&s->s.laddr, &ev->laddr, sizeof(ev->laddr));
}

/* The bind() that the call amounts to, to a port that is filled in later. */
static struct bind_request request_of(const struct pw_event *ev)
{
	return (struct bind_request){
		.netns = ev->netns,
		.uid = ev->actor.uid,
		.addr = ev->laddr,
		.ifindex = ev->ifindex,
		.proto = ev->proto,
		.family = ev->family,
		.v6only = ev->flags & PW_EF_V6ONLY,
		/* SO_REUSEADDR shares no port that the kernel chooses in bind() with others that
		 * have it, as long as there is one to itself; what is left then has neither. */
		.reuseaddr = ev->flags & PW_EF_REUSEADDR,
		.reuseport = ev->flags & PW_EF_REUSEPORT,
	};
}

static bool is_in_the_way(const struct pw_event *ev, struct bind_request *r, const struct socket *s)
{
	if (s->s.proto != ev->proto || s->s.netns != ev->netns)
		return false;
	r->port = s->s.lport;
	return ev->call == PW_CALL_CONNECT && ev->proto == PW_TCP ? keeps_from_connect(ev, r, s) :
								    bind_conflicts(r, s);
}

/* Keep the users that have most. */
static void rank(struct portuse *u, const struct portuse_user *one)
{
	size_t i = u->nr_most;

	while (i && u->most[i - 1].ports < one->ports)
		i--;
	if (i == PORTUSE_MOST)
		return;
	if (u->nr_most < PORTUSE_MOST)
		u->nr_most++;
	memmove(&u->most[i + 1], &u->most[i], (u->nr_most - i - 1) * sizeof(*u->most));
	u->most[i] = *one;
}

static int count_users(const struct socket *const *by_port, struct portuse *u)
{
	struct hmap users = HMAP(struct user, tgid);

	for (uint32_t port = u->first; port <= u->last; port++) {
		const struct pw_actor *who = by_port[port] ? sock_owner(&by_port[port]->s) : NULL;
		struct user *user;
		uint64_t tgid;

		if (!who || !who->tgid)
			continue;
		tgid = who->tgid;
		user = hmap_put(&users, &tgid);
		if (!user) {
			hmap_done(&users);
			return -ENOMEM;
		}
		user->user.actor = *who;
		user->user.ports++;
	}
	for (size_t i = 0; i < users.nr; i++)
		rank(u, &((struct user *)hmap_row(&users, i))->user);
	hmap_done(&users);
	return 0;
}

int portuse_count(const struct answer *a, const struct pw_event *ev, const uint64_t *reserved,
		  struct portuse *ret)
{
	struct portuse u = { .first = ret->first, .last = ret->last };
	_cleanup_free_ const struct socket **by_port = calloc(UINT16_MAX + 1, sizeof(*by_port));
	struct bind_request r = request_of(ev);
	int err;

	if (!by_port)
		return -ENOMEM;
	err = bind_in_vrf(&r, a);
	if (err)
		return err;
	for (size_t i = 0; i < a->nr_sockets; i++) {
		const struct socket *s = &a->sockets[i];
		const struct socket **of = &by_port[s->s.lport];

		if (s->s.lport >= u.first && s->s.lport <= u.last &&
		    !port_bit(reserved, s->s.lport) && is_in_the_way(ev, &r, s) &&
		    (!*of || kind_of(s) < kind_of(*of)))
			*of = s;
	}
	for (uint32_t port = u.first; port <= u.last; port++) {
		u.total += !port_bit(reserved, port);
		if (!by_port[port])
			continue;
		u.used++;
		u.by[kind_of(by_port[port])]++;
	}
	err = count_users(by_port, &u);
	if (!err)
		*ret = u;
	return err;
}

bool portuse_is_exhausted(const struct portuse *u)
{
	return u->used * 100 >= u->total * 99;
}

const char *portuse_kind_name(enum portuse_kind kind)
{
	static const char *const names[PORTUSE_KINDS] = {
		[PORTUSE_LISTENING] = "listening",
		[PORTUSE_BOUND] = "bound",
		[PORTUSE_CONNECTED] = "connected",
		[PORTUSE_TIMEWAIT] = "timewait",
	};

	return names[kind];
}
