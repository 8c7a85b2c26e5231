// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/explain_rest.h"

#include "base/addr.h"

static bool is_dual(const struct socket *s)
{
	return s->s.family == PW_INET6 && addr_is_any(s->s.family, &s->s.laddr) &&
	       !(s->s.flags & PW_F_V6ONLY);
}

void tell_dual(struct writer *w)
{
	for (size_t i = 0; i < w->e->nr; i++) {
		const struct socket *s = w->e->all[i];

		if (is_here(w, s) && is_dual(s) && (listens(s) || s->s.state == PW_BOUND)) {
			fact(w, REMARK_DETAIL, "dual-stack: [::] also covers IPv4");
			return;
		}
	}
}

/* The one address that all of them have, if it is a specific one. */
static const struct socket *only_address(const struct writer *w)
{
	const struct socket *first = NULL;

	for (size_t i = 0; i < w->e->nr; i++) {
		const struct socket *s = w->e->all[i];

		if (!is_here(w, s))
			continue;
		if (addr_is_any(s->s.family, &s->s.laddr))
			return NULL;
		if (!first)
			first = s;
		else if (!addr_equal(first->s.family, &first->s.laddr, s->s.family, &s->s.laddr))
			return NULL;
	}
	return first;
}

/* The one device that all of them are bound to. */
static const struct socket *only_device(const struct writer *w)
{
	const struct socket *first = NULL;

	for (size_t i = 0; i < w->e->nr; i++) {
		const struct socket *s = w->e->all[i];

		if (!is_here(w, s))
			continue;
		if (!s->s.ifindex || (first && first->s.ifindex != s->s.ifindex))
			return NULL;
		first = s;
	}
	return first;
}

/* With -4 or -6: a socket in the way, if all are of the other family, which are not shown. */
static const struct socket *other_family(const struct writer *w)
{
	const struct socket *first = NULL;

	for (size_t i = 0; w->facts->family && i < w->e->nr; i++) {
		if (!is_here(w, w->e->all[i]))
			continue;
		if (w->e->all[i]->s.family == w->facts->family)
			return NULL;
		first = first ?: w->e->all[i];
	}
	return first;
}

static void tell_other_family(struct writer *w, const struct socket *s)
{
	char addr[ADDR_PORT_LEN];

	addr_format_port(s->s.family, &s->s.laddr, s->s.lport, addr);
	if (s->s.family == PW_INET)
		fact(w, REMARK_MATTERS,
		     "only IPv4 has it, at %s; a server that sets IPV6_V6ONLY can bind [::]:%u",
		     addr, s->s.lport);
	else
		fact(w, REMARK_MATTERS, "only IPv6 has it, at %s, which also covers IPv4", addr);
}

void tell_what_is_free(struct writer *w)
{
	const struct socket *only = only_address(w), *device = only_device(w),
			    *other = other_family(w);
	char addr[ADDR_LEN];

	if (device)
		fact(w, REMARK_MATTERS,
		     "only device %s is in use: a socket that is bound to another can have it too",
		     device->device);

	if (other && w->v->wildcard) {
		tell_other_family(w, other);
	} else if (only && w->v->wildcard) {
		addr_format(only->s.family, &only->s.laddr, addr);
		fact(w, REMARK_MATTERS, "only %s is in use; other addresses are free", addr);
	} else if (w->e->free_v4 && !w->e->free_v6) {
		fact(w, REMARK_MATTERS,
		     "only IPv6 is in use; 0.0.0.0 and every IPv4 address are free");
	}
}
