// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#define CACHE_SLOTS 256

struct cached {
	bool used;
	uint8_t family;
	struct pw_addr addr;
	char name[NI_MAXHOST]; /* "": it has none */
};

static const char *proto_name(uint8_t proto)
{
	return proto == PW_UDP ? "udp" : "tcp";
}

int resolve_service(const char *name, uint8_t proto, uint16_t *ret_port)
{
	struct servent *se = getservbyname(name, proto_name(proto));

	if (!se && !proto)
		se = getservbyname(name, "udp");
	if (!se)
		return -ENOENT;
	*ret_port = ntohs(se->s_port);
	return 0;
}

const char *resolve_port(uint16_t port, uint8_t proto)
{
	struct servent *se = getservbyport(htons(port), proto_name(proto));

	return se ? se->s_name : NULL;
}

static size_t slot_of(uint8_t family, const struct pw_addr *addr)
{
	uint32_t hash = 2166136261u ^ family; /* FNV-1a */

	for (size_t i = 0; i < sizeof(addr->b); i++)
		hash = (hash ^ addr->b[i]) * 16777619u;
	return hash % CACHE_SLOTS;
}

static void ask(struct cached *c)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	int err;

	if (c->family == PW_INET6) {
		memcpy(&sin6.sin6_addr, c->addr.b, sizeof(sin6.sin6_addr));
		err = getnameinfo((struct sockaddr *)&sin6, sizeof(sin6), c->name, sizeof(c->name),
				  NULL, 0, NI_NAMEREQD);
	} else {
		memcpy(&sin.sin_addr, c->addr.b, sizeof(sin.sin_addr));
		err = getnameinfo((struct sockaddr *)&sin, sizeof(sin), c->name, sizeof(c->name),
				  NULL, 0, NI_NAMEREQD);
	}
	if (err)
		c->name[0] = '\0';
}

const char *resolve_addr(uint8_t family, const struct pw_addr *addr)
{
	static struct cached cache[CACHE_SLOTS];
	static const struct pw_addr any;
	struct cached *c = &cache[slot_of(family, addr)];

	/* The wildcard is nobody's address; asking DNS for it only takes time. */
	if (!memcmp(addr, &any, sizeof(any)))
		return NULL;
	if (!c->used || c->family != family || memcmp(&c->addr, addr, sizeof(*addr))) {
		c->used = true;
		c->family = family;
		c->addr = *addr;
		ask(c);
	}
	return c->name[0] ? c->name : NULL;
}
