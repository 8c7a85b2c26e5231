// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/bindrules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/cleanup.h"

/* The IPv4 address that the kernel gives an IPv6 socket that is bound to an IPv6 address:
 * LOOPBACK4_IPV6, include/net/ipv6.h. */
static const uint8_t loopback4_ipv6[4] = { 127, 0, 0, 6 };

/* An address as the kernel compares it. */
struct rcv_addr {
	enum { ANY6, MAPPED, OTHER6 } kind; /* an IPv4 socket's counts as mapped */
	bool is6;			    /* of an IPv6 socket */
	bool v6only;
	uint8_t v4[4];
	struct pw_addr v6;
};

static struct rcv_addr rcv_addr(uint8_t family, const struct pw_addr *a, bool v6only)
{
	struct rcv_addr r = { .is6 = family == PW_INET6, .v6only = v6only, .v6 = *a };

	if (!r.is6) {
		r.kind = MAPPED;
		memcpy(r.v4, a->b, sizeof(r.v4));
	} else if (addr_is_any(family, a)) {
		r.kind = ANY6;
	} else if (addr_is_mapped(family, a)) {
		r.kind = MAPPED;
		memcpy(r.v4, a->b + 12, sizeof(r.v4));
	} else {
		r.kind = OTHER6;
		memcpy(r.v4, loopback4_ipv6, sizeof(r.v4));
	}
	return r;
}

static bool is_zero4(const struct rcv_addr *a)
{
	static const uint8_t zero[4];

	return !memcmp(a->v4, zero, sizeof(zero));
}

/* ipv4_rcv_saddr_equal() */
static bool equal4(const struct rcv_addr *a, const struct rcv_addr *b, bool any_a, bool any_b)
{
	if (b->v6only)
		return false;
	return !memcmp(a->v4, b->v4, sizeof(a->v4)) || (any_a && is_zero4(a)) ||
	       (any_b && is_zero4(b));
}

/* ipv6_rcv_saddr_equal() */
static bool equal6(const struct rcv_addr *a, const struct rcv_addr *b, bool any_a, bool any_b)
{
	if (a->kind == MAPPED && b->kind == MAPPED)
		return equal4(a, b, any_a, any_b);
	if (a->kind == ANY6 && b->kind == ANY6)
		return true;
	if (b->kind == ANY6 && any_b && !(b->v6only && a->kind == MAPPED))
		return true;
	if (a->kind == ANY6 && any_a && !(a->v6only && b->kind == MAPPED))
		return true;
	return b->is6 && !memcmp(&a->v6, &b->v6, sizeof(a->v6));
}

/* inet_rcv_saddr_equal(); any_a and any_b: does a wildcard equal every address? */
static bool equal(const struct rcv_addr *a, const struct rcv_addr *b, bool any_a, bool any_b)
{
	return a->is6 ? equal6(a, b, any_a, any_b) : equal4(a, b, any_a, any_b);
}

/* The address that bind() gives the new socket: an IPv6 one that is neither the wildcard nor
 * v4-mapped makes it IPV6_V6ONLY (__inet6_bind). */
static struct rcv_addr new_addr(const struct bind_request *r)
{
	struct rcv_addr a = rcv_addr(r->family, &r->addr, r->v6only);

	a.v6only = a.v6only || a.kind == OTHER6;
	return a;
}

static struct rcv_addr old_addr(const struct socket *s)
{
	return rcv_addr(s->s.family, &s->s.laddr, s->s.flags & PW_F_V6ONLY);
}

bool bind_overlaps(const struct bind_request *r, const struct socket *s)
{
	struct rcv_addr a = new_addr(r), b = old_addr(s);

	/* TCP looks a specific address up in a table by address (bhash2, from 6.1), so the
	 * 127.0.0.6 that IPv6 sockets pretend to have is only met in UDP and by 0.0.0.0. */
	if (r->proto == PW_TCP && a.kind == MAPPED && b.kind == OTHER6 && !is_zero4(&a))
		return false;
	return equal(&a, &b, true, true);
}

/* TCP counts a port once in each VRF: inet_bind_bucket_match(). */
static bool same_vrf(const struct bind_request *r, const struct socket *s)
{
	return r->proto != PW_TCP || !s->bind.known || s->bind.vrf == r->vrf;
}

static bool same_device(const struct bind_request *r, const struct socket *s)
{
	return !r->ifindex || !s->s.ifindex || r->ifindex == s->s.ifindex;
}

static bool same_port(const struct bind_request *r, const struct socket *s)
{
	/* A request socket, not yet a connection, holds no port: its listener does. */
	bool holds = s->sk || s->s.state != PW_SYN_RECV;

	return holds && s->s.lport == r->port && s->s.proto == r->proto &&
	       (!r->netns || s->s.netns == r->netns) && same_vrf(r, s);
}

static uint32_t uid_of(const struct socket *s)
{
	return s->bind.known ? s->bind.uid : s->s.creator.uid;
}

static bool both_reuseaddr(const struct bind_request *r, const struct socket *s)
{
	return r->reuseaddr && (s->s.flags & PW_F_REUSEADDR);
}

static bool one_group(const struct bind_request *r, const struct socket *s)
{
	return r->reuseport && (s->s.flags & PW_F_REUSEPORT) &&
	       (s->timewait || uid_of(s) == r->uid);
}

/* inet_bind_conflict(), with relax and reuseport_ok, as bind() to a given port calls it */
static bool tcp_options_conflict(const struct bind_request *r, const struct socket *s)
{
	if (both_reuseaddr(r, s) && s->s.state != PW_LISTEN)
		return false;
	return !one_group(r, s);
}

bool bind_conflicts(const struct bind_request *r, const struct socket *s)
{
	if (!same_port(r, s) || !same_device(r, s) || !bind_overlaps(r, s))
		return false;
	if (r->proto == PW_TCP)
		return tcp_options_conflict(r, s);
	return !both_reuseaddr(r, s) && !one_group(r, s);
}

/* sk_reuseport_match() */
static bool fast_reuseport(const struct bind_request *r, const struct pw_bind *b)
{
	struct rcv_addr fast = rcv_addr(b->fast_family, &b->fast_addr, b->fast_v6only);
	struct rcv_addr want = new_addr(r);

	if (b->fastreuseport <= 0 || !r->reuseport || b->fast_uid != r->uid)
		return false;
	return b->fastreuseport == 1 /* FASTREUSEPORT_ANY */ || equal(&fast, &want, true, false);
}

/* inet_csk_get_port(): when everybody so far has set the option, the sockets are not even
 * looked at, whatever their options have become since. */
static bool tcp_bindable(const struct socket *const *all, size_t nr, const struct bind_request *r)
{
	bool conflict = false;

	for (size_t i = 0; i < nr; i++) {
		const struct pw_bind *b = &all[i]->bind;

		if (!same_port(r, all[i]))
			continue;
		if (b->known && b->fast_family &&
		    ((b->fastreuse > 0 && r->reuseaddr) || fast_reuseport(r, b)))
			return true;
		conflict = conflict || bind_conflicts(r, all[i]);
	}
	return !conflict;
}

/* Does udp_lib_lport_inuse() stop at this socket? */
static bool udp_decides(const struct bind_request *r, const struct socket *s)
{
	return same_port(r, s) && same_device(r, s) && !both_reuseaddr(r, s) && bind_overlaps(r, s);
}

/* Is b behind a in the hash chain, as far as the chain has only sockets that we know? */
static bool udp_behind(const struct socket *const *all, size_t nr, const struct socket *a,
		       const struct socket *b)
{
	uint64_t next = a->bind.next;
	size_t steps, i;

	for (steps = 0; next && next != b->sk && steps < nr; steps++) {
		for (i = 0; i < nr && all[i]->sk != next; i++)
			;
		next = i < nr ? all[i]->bind.next : 0;
	}
	return next && next == b->sk;
}

/* The first socket in the hash chain whose address is in the way decides alone. Where the order
 * is not known, and it matters, the answer is no. */
static bool udp_bindable(const struct socket *const *all, size_t nr, const struct bind_request *r)
{
	for (size_t i = 0; i < nr; i++) {
		bool saved = false;

		if (!udp_decides(r, all[i]) || one_group(r, all[i]))
			continue;
		/* This socket refuses, unless a socket that allows stands before it. */
		for (size_t k = 0; k < nr && !saved; k++)
			saved = udp_decides(r, all[k]) && one_group(r, all[k]) &&
				udp_behind(all, nr, all[k], all[i]);
		if (!saved)
			return false;
	}
	return true;
}

bool bindable_among(const struct socket *const *all, size_t nr, const struct bind_request *r)
{
	return r->proto == PW_TCP ? tcp_bindable(all, nr, r) : udp_bindable(all, nr, r);
}

void bind_on_device(struct bind_request *r, const struct socket *const *all, size_t nr,
		    const char *device)
{
	if (device)
		r->ifindex = *device ? BIND_UNUSED_DEVICE : 0;
	r->vrf = 0;
	for (size_t i = 0; i < nr && (!device || *device); i++) {
		const struct socket *s = all[i];

		if ((r->netns && s->s.netns != r->netns) ||
		    (device ? strcmp(device, s->device) : s->s.ifindex != r->ifindex))
			continue;
		r->ifindex = s->s.ifindex;
		if (s->s.ifindex && s->s.proto == PW_TCP && s->bind.known)
			r->vrf = (uint32_t)s->bind.vrf;
	}
}

static const struct socket **pointers(const struct answer *a)
{
	const struct socket **all = calloc(a->nr_sockets + 1, sizeof(*all));

	for (size_t i = 0; all && i < a->nr_sockets; i++)
		all[i] = &a->sockets[i];
	return all;
}

int bind_in_vrf(struct bind_request *r, const struct answer *a)
{
	_cleanup_free_ const struct socket **all = r->ifindex ? pointers(a) : NULL;

	if (!r->ifindex)
		return 0;
	if (!all)
		return -ENOMEM;
	bind_on_device(r, all, a->nr_sockets, NULL);
	return 0;
}

int bindable(const struct answer *a, const struct bind_request *r)
{
	_cleanup_free_ const struct socket **all = pointers(a);

	return all ? bindable_among(all, a->nr_sockets, r) : -ENOMEM;
}
