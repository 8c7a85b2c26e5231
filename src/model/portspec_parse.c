// SPDX-License-Identifier: GPL-2.0-or-later
/* From the PORTs that somebody types to ranges. */
#include "model/portspec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/num.h"
#include "model/names.h"

#define HOST_LEN 96    /* an address in brackets, with a device */
#define SERVICE_LEN 64 /* longer names are not in any services file */

struct service {
	portspec_service_fn fn;
	void *arg;
};

static int refuse(struct strbuf *why, const char *word, size_t len, const char *sentence)
{
	strbuf_addf(why, "'%.*s' %s", (int)len, word, sentence);
	return -EINVAL;
}

static bool begins(const char *s, size_t len, const char *prefix)
{
	size_t n = strlen(prefix);

	return len >= n && !strncasecmp(s, prefix, n);
}

/* Cuts "/tcp" off the end, or the "/" of "localhost:8000/". */
static int take_proto(const char *word, size_t len, size_t *ret_len, uint8_t *ret,
		      struct strbuf *why)
{
	const char *slash = memchr(word, '/', len);
	size_t before;

	*ret_len = len;
	if (!slash)
		return 0;
	before = (size_t)(slash - word);
	*ret_len = before;
	if (before + 1 == len && memchr(word, ':', before))
		return 0;
	if (names_parse_proto(slash + 1, len - before - 1, ret) == 0)
		return 0;
	strbuf_addf(why, "unknown protocol '%.*s' in '%.*s': use tcp or udp",
		    (int)(len - before - 1), slash + 1, (int)len, word);
	return -EINVAL;
}

/* Cuts "tcp:" off the front, as lsof has it. */
static size_t skip_proto(const char *word, size_t len, uint8_t *ret)
{
	bool tcp = begins(word, len, "tcp:");

	if (!tcp && !begins(word, len, "udp:"))
		return 0;
	*ret = tcp ? PW_TCP : PW_UDP;
	return strlen("tcp:");
}

/* Cuts the device out of "127.0.0.53%lo", "[fe80::1%eth0]", "[fe80::1]%eth0" as ss writes it, or
 * "%lo"; the host without it is what remains. -ENODEV: that is no name of a device. */
static int take_device(const char *s, size_t len, char host[HOST_LEN], struct port_range *range)
{
	const char *percent = memchr(s, '%', len);
	size_t before = percent ? (size_t)(percent - s) : len, n;
	bool inside;

	if (len >= HOST_LEN)
		return -EINVAL;
	memcpy(host, s, len);
	host[len] = '\0';
	if (!percent)
		return 0;
	/* A bracket that is open at '%' is closed behind the device. */
	inside = memchr(s, '[', before) && !memchr(s, ']', before);
	n = len - before - 1 - inside;
	if (!n || n >= sizeof(range->device) || (inside && s[len - 1] != ']') ||
	    memchr(percent + 1, '/', n) || memchr(percent + 1, ':', n))
		return -ENODEV;
	memcpy(range->device, percent + 1, n);
	range->device[n] = '\0';
	host[before] = inside ? ']' : '\0';
	host[before + inside] = '\0';
	return 0;
}

/* Cuts "127.0.0.1:", "[::1]:", "localhost:", "*:" or ":" off the front. Of localhost, which is
 * two addresses, the IPv4 one is taken, and *ret_both set. */
static int take_address(const char *s, size_t len, size_t *ret_skip, struct port_range *range,
			bool *ret_both)
{
	const char *colon = memrchr(s, ':', len);
	char text[HOST_LEN];
	size_t host;
	int err;

	*ret_skip = 0;
	if (!colon)
		return 0;
	host = (size_t)(colon - s);
	*ret_skip = host + 1;
	err = take_device(s, host, text, range);
	if (err)
		return err;
	s = text;
	host = strlen(text);
	if (host == 0 || (host == 1 && s[0] == '*'))
		return 0;
	*ret_both = host == strlen("localhost") && begins(s, host, "localhost");
	if (*ret_both)
		return addr_parse("127.0.0.1", 9, &range->family, &range->addr);
	/* Without brackets nothing tells the last group of an address from a port. */
	if (memchr(s, ':', host) && s[0] != '[')
		return -EADDRNOTAVAIL;
	if (addr_parse(s, host, &range->family, &range->addr) < 0)
		return -EINVAL;
	addr_unmap(&range->family, &range->addr);
	return 0;
}

static int refuse_address(const char *word, size_t len, int err, struct strbuf *why)
{
	if (err == -EADDRNOTAVAIL)
		return refuse(why, word, len,
			      "is ambiguous: put an IPv6 address in brackets, as in [::1]:8000");
	if (err == -ENODEV)
		return refuse(why, word, len,
			      "names no network device behind '%': write 127.0.0.53%lo:53 or "
			      "[fe80::1%eth0]:53");
	return refuse(why, word, len, "does not begin with an IP address or localhost");
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

	/* Add a single range for both protocols, unless they disagree about the number. */
	if (!has_tcp || !has_udp || tcp.first == udp.first)
		return portspec_add_range(p, has_tcp ? &tcp : &udp);
	tcp.proto = PW_TCP;
	udp.proto = PW_UDP;
	r = portspec_add_range(p, &tcp);
	return r < 0 ? r : portspec_add_range(p, &udp);
}

/* A number, a range of numbers, or the name of a service. */
static int add_ports(struct portspec *p, struct port_range *range, const char *s, size_t len,
		     const struct service *service, const char *word, size_t word_len,
		     struct strbuf *why)
{
	size_t first_len = strcspn(s, "-");
	int r;

	/* Names of services may hold '-' and begin with a digit, but have a letter. */
	if (strspn(s, "0123456789-") < len)
		return add_service(p, range, s, len, service, word, word_len, why);
	if (first_len >= len) {
		r = parse_number(s, len, word, word_len, &range->first, why);
		range->last = range->first;
	} else {
		r = parse_number(s, first_len, word, word_len, &range->first, why);
		if (r == 0)
			r = parse_number(s + first_len + 1, len - first_len - 1, word, word_len,
					 &range->last, why);
	}
	if (r < 0)
		return r;
	if (range->last < range->first)
		return refuse(why, word, word_len, "is a range that ends before it begins");
	return portspec_add_range(p, range);
}

static int add_localhost_v6(struct portspec *p, size_t from)
{
	size_t end = p->nr;
	int r = 0;

	for (size_t i = from; r == 0 && i < end; i++) {
		struct port_range range = p->ranges[i];

		r = addr_parse("::1", 3, &range.family, &range.addr);
		if (r == 0)
			r = portspec_add_range(p, &range);
	}
	return r;
}

static int parse_word(struct portspec *p, const char *word, size_t len,
		      const struct service *service, struct strbuf *why)
{
	struct port_range range = {};
	size_t rest_len, skip, proto_len, from = p->nr;
	uint8_t family;
	struct pw_addr addr;
	bool both = false;
	int r;

	r = take_proto(word, len, &rest_len, &range.proto, why);
	if (r < 0)
		return r;
	if (addr_parse(word, rest_len, &family, &addr) == 0 && memchr(word, '.', rest_len))
		return refuse(why, word, len, "is an address: add a port, as in 127.0.0.1:8000");
	proto_len = skip_proto(word, rest_len, &range.proto);
	r = take_address(word + proto_len, rest_len - proto_len, &skip, &range, &both);
	if (r < 0)
		return refuse_address(word, len, r, why);
	skip += proto_len;
	if (rest_len == skip)
		return refuse(why, word, len, "lacks the port");
	r = add_ports(p, &range, word + skip, rest_len - skip, service, word, len, why);
	return r == 0 && both ? add_localhost_v6(p, from) : r;
}

/* "http://localhost:8000/index.html": the address and the port that a browser would go to. */
static int parse_url(struct portspec *p, const char *url, const char *host, size_t len,
		     struct strbuf *why)
{
	struct service none = {};
	size_t url_len = (size_t)(host - url) + len, before = p->nr;
	bool secure = begins(url, url_len, "https://"), has_port;
	_cleanup_free_ char *word = NULL;
	int r;

	if (!secure && !begins(url, url_len, "http://"))
		return refuse(why, url, url_len, "is not a URL of http or https");
	if (len == 0)
		return refuse(why, url, url_len, "names no host");
	has_port = memrchr(host, ':', len) && host[len - 1] != ']';
	if (asprintf(&word, "%.*s%s", (int)len, host,
		     has_port ? "" :
		     secure   ? ":443" :
				":80") < 0) {
		word = NULL;
		return -ENOMEM;
	}
	r = parse_word(p, word, strlen(word), &none, why);
	for (size_t i = before; r == 0 && i < p->nr; i++)
		p->ranges[i].proto = PW_TCP;
	return r;
}

/* Parse the word at *s, and move *s behind it. */
static int parse_next(struct portspec *p, const char **s, const struct service *service,
		      struct strbuf *why)
{
	const char *word = *s, *host = strstr(word, "://");
	size_t len = strcspn(word, " \t\n,");

	if (!host || host > word + len) {
		*s += len;
		return parse_word(p, word, len, service, why);
	}
	host += strlen("://");
	len = strcspn(host, "/?# \t\n,");
	/* A path may hold commas. */
	*s = host + len;
	if (**s && strchr("/?#", **s))
		*s += strcspn(*s, " \t\n");
	return parse_url(p, word, host, len, why);
}

int portspec_parse(struct portspec *p, const char *text, portspec_service_fn fn, void *arg,
		   struct strbuf *why)
{
	struct service service = { fn, arg };
	size_t before = p->nr;
	const char *s = text;
	int r;

	for (;;) {
		s += strspn(s, " \t\n,");
		if (!*s)
			break;
		r = parse_next(p, &s, &service, why);
		if (r < 0) {
			p->nr = before;
			return r;
		}
	}
	if (p->nr == before) {
		strbuf_addf(why, "'%s' names no port", text);
		return -EINVAL;
	}
	return 0;
}
