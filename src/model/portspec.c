// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/portspec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"

void portspec_done(struct portspec *p)
{
	free(p->ranges);
	*p = (struct portspec){};
}

int portspec_add_range(struct portspec *p, const struct port_range *range)
{
	struct port_range *ranges;

	ranges = reallocarray(p->ranges, p->nr + 1, sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	p->ranges = ranges;
	p->ranges[p->nr++] = *range;
	return 0;
}

int portspec_add(struct portspec *p, uint16_t first, uint16_t last, uint8_t proto)
{
	struct port_range range = { .first = first, .last = last, .proto = proto };

	if (first == 0 || last < first)
		return -EINVAL;
	return portspec_add_range(p, &range);
}

bool portspec_covers(uint8_t want_family, const struct pw_addr *want, uint8_t family,
		     const struct pw_addr *laddr, bool v6only)
{
	struct pw_addr wanted, have;

	if (want_family == 0)
		return true;
	wanted = *want;
	addr_unmap(&want_family, &wanted);
	have = *laddr;
	addr_unmap(&family, &have);

	/* A dual-stack [::] is in the way of everything, and everything in its way. */
	if (family == PW_INET6 && addr_is_any(family, &have) && !v6only)
		return true;
	if (want_family == PW_INET6 && addr_is_any(want_family, &wanted))
		return true;
	if (family != want_family)
		return false;
	return addr_is_any(want_family, &wanted) || addr_is_any(family, &have) ||
	       addr_equal(want_family, &wanted, family, &have);
}

bool portspec_match(const struct portspec *p, uint8_t proto, uint8_t family,
		    const struct pw_addr *laddr, uint16_t lport, bool v6only, const char *device)
{
	size_t i;

	for (i = 0; i < p->nr; i++) {
		const struct port_range *range = &p->ranges[i];

		if (lport >= range->first && lport <= range->last &&
		    (!range->proto || range->proto == proto) &&
		    devices_meet(range->device, device) &&
		    portspec_covers(range->family, &range->addr, family, laddr, v6only))
			return true;
	}
	return false;
}

void portspec_bitmap(const struct portspec *p, uint8_t proto, uint64_t ret[PORTSPEC_WORDS])
{
	uint32_t port;
	size_t i;

	memset(ret, 0, PORTSPEC_WORDS * sizeof(*ret));
	for (i = 0; i < p->nr; i++) {
		const struct port_range *range = &p->ranges[i];

		if (proto && range->proto && range->proto != proto)
			continue;
		for (port = range->first; port <= range->last; port++)
			port_set(ret, (uint16_t)port);
	}
}

uint8_t portspec_proto(const struct portspec *p)
{
	size_t i;

	for (i = 1; i < p->nr; i++) {
		if (p->ranges[i].proto != p->ranges[0].proto)
			return 0;
	}
	return p->nr ? p->ranges[0].proto : 0;
}

size_t portspec_count(const struct portspec *p)
{
	uint64_t map[PORTSPEC_WORDS];
	size_t n = 0, i;

	portspec_bitmap(p, 0, map);
	for (i = 0; i < PORTSPEC_WORDS; i++)
		n += (size_t)__builtin_popcountll(map[i]);
	return n;
}

static bool is_repeated(const struct portspec *p, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (p->ranges[i].first == p->ranges[at].first &&
		    p->ranges[i].last == p->ranges[at].last &&
		    p->ranges[i].proto == p->ranges[at].proto)
			return true;
	return false;
}

void portspec_describe(const struct portspec *p, struct strbuf *out)
{
	const char *before = "";

	for (size_t i = 0; i < p->nr; i++) {
		const struct port_range *range = &p->ranges[i];

		if (is_repeated(p, i))
			continue;
		strbuf_addf(out, "%s%u", before, range->first);
		if (range->last != range->first)
			strbuf_addf(out, "-%u", range->last);
		if (range->proto)
			strbuf_adds(out, range->proto == PW_UDP ? "/udp" : "/tcp");
		before = ", ";
	}
}
