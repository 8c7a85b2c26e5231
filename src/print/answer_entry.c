// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/answer_entry.h"

#include "base/addr.h"

bool answer_entry_serves(const struct socket *s)
{
	return s->s.state == PW_LISTEN || s->s.state == PW_BOUND || s->s.state == PW_UNCONN;
}

bool answer_entry_is_dual(const struct socket *s)
{
	return s->s.family == PW_INET6 && addr_is_any(s->s.family, &s->s.laddr) &&
	       !(s->s.flags & PW_F_V6ONLY);
}

static bool holds(const struct socket *s, size_t process)
{
	for (size_t i = 0; i < s->nr_holders; i++)
		if (s->holders[i].process == process)
			return true;
	return false;
}

static bool same_holders(const struct socket *a, const struct socket *b)
{
	if (a->nr_holders != b->nr_holders)
		return false;
	for (size_t i = 0; i < a->nr_holders; i++)
		if (!holds(b, a->holders[i].process))
			return false;
	return true;
}

bool answer_entry_twins(const struct socket *a, const struct socket *b)
{
	bool any = addr_is_any(a->s.family, &a->s.laddr) && addr_is_any(b->s.family, &b->s.laddr);

	return a->s.family != b->s.family && a->s.state == b->s.state && a->s.proto == b->s.proto &&
	       a->s.lport == b->s.lport && a->s.netns == b->s.netns &&
	       a->s.ifindex == b->s.ifindex && answer_entry_serves(a) && a->nr_holders &&
	       same_holders(a, b) &&
	       (any || (addr_is_loopback(a->s.family, &a->s.laddr) &&
			addr_is_loopback(b->s.family, &b->s.laddr)));
}

static bool is_alike(const struct socket *a, const struct socket *b)
{
	return a->s.proto == b->s.proto && a->s.state == b->s.state && a->s.lport == b->s.lport &&
	       a->s.netns == b->s.netns && a->nr_holders == b->nr_holders &&
	       (!a->nr_holders || a->holders[0].process == b->holders[0].process);
}

size_t answer_entry_run(const struct answer *a, size_t i)
{
	const struct socket *s = &a->sockets[i];
	size_t n = 1;

	if (answer_entry_serves(s))
		return 1;
	while (i + n < a->nr_sockets && is_alike(s, &a->sockets[i + n]))
		n++;
	return n;
}
