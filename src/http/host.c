// SPDX-License-Identifier: GPL-2.0-or-later
#include "http/host.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/addr.h"

struct text {
	const char *s;
	size_t len;
};

/* The next of "a,b"; moves behind it. */
static bool next(const char **list, struct text *ret)
{
	size_t len = strcspn(*list, ",");

	if (!**list)
		return false;
	*ret = (struct text){ *list, len };
	*list += len + ((*list)[len] == ',');
	return true;
}

/* "web1." is "web1". */
static struct text without_dot(struct text name)
{
	name.len -= name.len > 1 && name.s[name.len - 1] == '.';
	return name;
}

static bool is_name(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (!isalnum((unsigned char)t.s[i]) && !memchr("-._", t.s[i], 3))
			return false;
	return t.len;
}

static bool same_host(struct text a, struct text b)
{
	struct pw_addr x, y;
	uint8_t fx, fy;

	if (!addr_parse(a.s, a.len, &fx, &x))
		return !addr_parse(b.s, b.len, &fy, &y) && addr_equal(fx, &x, fy, &y);
	a = without_dot(a);
	b = without_dot(b);
	return a.len == b.len && !strncasecmp(a.s, b.s, a.len);
}

bool host_list_parse(const char *list)
{
	struct pw_addr addr;
	struct text name;
	uint8_t family;

	if (!*list || list[strlen(list) - 1] == ',')
		return false;
	while (next(&list, &name))
		if (!is_name(name) && addr_parse(name.s, name.len, &family, &addr))
			return false;
	return true;
}

/* Without the port. False: no host at all. */
static bool parse(struct text header, struct text *ret)
{
	const char *end =
		header.len ? memchr(header.s, *header.s == '[' ? ']' : ':', header.len) : NULL;
	struct text host = header, port = {};
	struct pw_addr addr;
	uint8_t family;

	if (end) {
		host.len = (size_t)(end - header.s) + (*end == ']');
		port = (struct text){ header.s + host.len, header.len - host.len };
	}
	for (size_t i = 0; i < port.len; i++)
		if (i ? !isdigit((unsigned char)port.s[i]) : port.s[i] != ':')
			return false;
	if (!is_name(host) && (*header.s != '[' || addr_parse(host.s, host.len, &family, &addr)))
		return false;
	*ret = host;
	return true;
}

static bool is_local(struct text host, uint8_t local_family, const struct pw_addr *local)
{
	struct pw_addr addr;
	uint8_t family;

	if (addr_parse(host.s, host.len, &family, &addr))
		return same_host(host, (struct text){ "localhost", strlen("localhost") });
	return addr_is_loopback(family, &addr) ||
	       (local_family && addr_equal(family, &addr, local_family, local));
}

bool host_is_ours(const char *header, size_t len, uint8_t family, const struct pw_addr *local,
		  const struct opt_list *allowed)
{
	struct text host, name;

	if (!len || !parse((struct text){ header, len }, &host))
		return false;
	if (is_local(host, family, local))
		return true;
	for (size_t i = 0; i < allowed->nr; i++) {
		const char *list = allowed->values[i];

		while (next(&list, &name))
			if (same_host(host, name))
				return true;
	}
	return false;
}
