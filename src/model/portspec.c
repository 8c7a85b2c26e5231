// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/portspec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/num.h"
#include "model/names.h"

#define SERVICE_LEN 64 /* longer names are not in any services file */

struct service {
	portspec_service_fn fn;
	void *arg;
};

void portspec_done(struct portspec *p)
{
	free(p->ranges);
	*p = (struct portspec){};
}

static int add_range(struct portspec *p, const struct port_range *range)
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
	return add_range(p, &range);
}

static int refuse(struct strbuf *why, const char *word, size_t len, const char *sentence)
{
	strbuf_addf(why, "'%.*s' %s", (int)len, word, sentence);
	return -EINVAL;
}

/* Cuts "/tcp" off. */
static int take_proto(const char *word, size_t len, size_t *ret_len, uint8_t *ret,
		      struct strbuf *why)
{
	const char *slash = memchr(word, '/', len);
	size_t before;

	*ret = 0;
	*ret_len = len;
	if (!slash)
		return 0;
	before = (size_t)(slash - word);
	if (names_parse_proto(slash + 1, len - before - 1, ret) < 0)
		return refuse(why, word, len,
			      "does not name a protocol after its '/': give /tcp or /udp");
	*ret_len = before;
	return 0;
}

/* Cuts "127.0.0.1:", "[::1]:", "*:" or ":" off the front. */
static int take_address(const char *word, size_t len, size_t *ret_skip, struct port_range *range,
			struct strbuf *why)
{
	const char *colon = memrchr(word, ':', len);
	size_t host;

	*ret_skip = 0;
	if (!colon)
		return 0;
	host = (size_t)(colon - word);
	*ret_skip = host + 1;
	if (host == 0 || (host == 1 && word[0] == '*'))
		return 0;
	/* Without brackets nothing tells the last group of an address from a port. */
	if (memchr(word, ':', host) && word[0] != '[')
		return refuse(why, word, len,
			      "is ambiguous: put an IPv6 address in brackets, as in [::1]:8000");
	if (addr_parse(word, host, &range->family, &range->addr) < 0)
		return refuse(why, word, len, "does not begin with an IP address");
	addr_unmap(&range->family, &range->addr);
	return 0;
}

static int parse_number(const char *s, size_t len, const char *word, size_t word_len, uint16_t *ret,
			struct strbuf *why)
{
	uint64_t v;
	int r;

	r = num_parse_span(s, len, 1, UINT16_MAX, &v);
	if (r == -ERANGE)
		return refuse(why, word, word_len,
			      "is not a port: ports are numbers from 1 to 65535");
	if (r < 0)
		return refuse(why, word, word_len, "is not a port or a range of ports");
	*ret = (uint16_t)v;
	return 0;
}

static int add_service(struct portspec *p, const struct port_range *like, const char *s, size_t len,
		       const struct service *service, const char *word, size_t word_len,
		       struct strbuf *why)
{
	struct port_range tcp = *like, udp = *like;
	bool has_tcp = false, has_udp = false;
	char name[SERVICE_LEN];
	uint16_t port;
	int r;

	if (service->fn && len > 0 && len < sizeof(name)) {
		memcpy(name, s, len);
		name[len] = '\0';
		if (like->proto != PW_UDP && service->fn(service->arg, name, PW_TCP, &port) == 0) {
			tcp.first = tcp.last = port;
			has_tcp = port != 0;
		}
		if (like->proto != PW_TCP && service->fn(service->arg, name, PW_UDP, &port) == 0) {
			udp.first = udp.last = port;
			has_udp = port != 0;
		}
	}
	if (!has_tcp && !has_udp) {
		strbuf_addf(why, "'%.*s' is not a port: it is neither a number nor a known %s",
			    (int)word_len, word,
			    like->proto ? "service of that protocol" : "service");
		return -EINVAL;
	}

	/* One range for both, unless the protocols disagree about the number. */
	if (!has_tcp || !has_udp || tcp.first == udp.first)
		return add_range(p, has_tcp ? &tcp : &udp);
	tcp.proto = PW_TCP;
	udp.proto = PW_UDP;
	r = add_range(p, &tcp);
	return r < 0 ? r : add_range(p, &udp);
}

static int parse_word(struct portspec *p, const char *word, size_t len,
		      const struct service *service, struct strbuf *why)
{
	struct port_range range = {};
	size_t rest_len, skip, first_len;
	const char *s;
	int r;

	r = take_proto(word, len, &rest_len, &range.proto, why);
	if (r < 0)
		return r;
	r = take_address(word, rest_len, &skip, &range, why);
	if (r < 0)
		return r;
	s = word + skip;
	rest_len -= skip;
	if (rest_len == 0)
		return refuse(why, word, len, "lacks the port");

	/* Names of services may hold '-' and begin with a digit, but have a letter. */
	if (strspn(s, "0123456789-") < rest_len)
		return add_service(p, &range, s, rest_len, service, word, len, why);

	first_len = strcspn(s, "-");
	if (first_len >= rest_len) {
		r = parse_number(s, rest_len, word, len, &range.first, why);
		range.last = range.first;
	} else {
		r = parse_number(s, first_len, word, len, &range.first, why);
		if (r == 0)
			r = parse_number(s + first_len + 1, rest_len - first_len - 1, word, len,
					 &range.last, why);
	}
	if (r < 0)
		return r;
	if (range.last < range.first)
		return refuse(why, word, len, "is a range that ends before it begins");
	return add_range(p, &range);
}

int portspec_parse(struct portspec *p, const char *text, portspec_service_fn fn, void *arg,
		   struct strbuf *why)
{
	struct service service = { fn, arg };
	size_t before = p->nr, len;
	const char *s = text;
	int r;

	for (;;) {
		s += strspn(s, " \t\n,");
		len = strcspn(s, " \t\n,");
		if (len == 0)
			break;
		r = parse_word(p, s, len, &service, why);
		if (r < 0) {
			p->nr = before;
			return r;
		}
		s += len;
	}
	if (p->nr == before) {
		strbuf_addf(why, "'%s' names no port", text);
		return -EINVAL;
	}
	return 0;
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
		    const struct pw_addr *laddr, uint16_t lport, bool v6only)
{
	size_t i;

	for (i = 0; i < p->nr; i++) {
		const struct port_range *range = &p->ranges[i];

		if (lport >= range->first && lport <= range->last &&
		    (!range->proto || range->proto == proto) &&
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
