/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * portspec: the PORTs a user asks for: a set of port ranges, each with an optional
 * protocol and an optional local address.
 *
 *	8000  8000/tcp  tcp:8000  53/udp  3000-3010  http  :8000  *:80  127.0.0.1:8000
 *	[::1]:8000  localhost:8000  127.0.0.1:3000-3010/tcp  "80,443 8080/tcp"
 *	http://localhost:8000/index.html  https://127.0.0.1
 *	127.0.0.53%lo:53  [fe80::1%eth0]:53  [fe80::1]%eth0:53  %lo:53
 *
 * Without a protocol, both are meant. A name is looked up for both: if the ports
 * are equal, or only one is known, that port is meant for both.
 *
 * An address means "whatever is in the way of binding it": sockets bound to that
 * address, and to a wildcard that covers it (0.0.0.0, or :: unless v6only). So
 * 127.0.0.1:8000 finds a server on 0.0.0.0:8000 and one on [::]:8000, and
 * 0.0.0.0:8000 finds all sockets that occupy port 8000 for IPv4 somewhere. A
 * v4-mapped address is its IPv4 address. localhost is 127.0.0.1 and ::1. A URL of http or
 * https means TCP, and port 80 or 443 if it has none. A device means the same of devices: sockets
 * that are bound to it, and those that are bound to none.
 *
 * Looking up names is I/O, so it is the caller's: portspec_service_fn.
 */
#ifndef MODEL_PORTSPEC_H
#define MODEL_PORTSPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/strbuf.h"
#include "portwatch.h"

#define PORTSPEC_WORDS 1024 /* of a bit map over all ports */

struct port_range {
	uint16_t first, last;
	uint8_t proto;	/* 0: both */
	uint8_t family; /* of addr; 0: any address */
	struct pw_addr addr;
	char device[PW_DEVICE_LEN]; /* "": any */
};

/* A zeroed struct is the empty set. */
struct portspec {
	struct port_range *ranges;
	size_t nr;
};

/* 0 and the port in host order, or -ENOENT. proto is PW_TCP or PW_UDP. */
typedef int (*portspec_service_fn)(void *arg, const char *name, uint8_t proto, uint16_t *ret);

void portspec_done(struct portspec *p);

/* Adds the PORTs of `text` (one or a list by commas and blanks). -EINVAL with a
 * sentence in `why`, the set unchanged; -ENOMEM. service may be NULL: no names. */
int portspec_parse(struct portspec *p, const char *text, portspec_service_fn service, void *arg,
		   struct strbuf *why);

/* Adds ports, both protocols with proto 0. */
int portspec_add(struct portspec *p, uint16_t first, uint16_t last, uint8_t proto);
int portspec_add_range(struct portspec *p, const struct port_range *range);

static inline bool portspec_empty(const struct portspec *p)
{
	return p->nr == 0;
}

/* Does a socket with this local address belong to the set? The empty set: no. device is what it
 * is bound to; NULL or "": none, or it is not known. */
bool portspec_match(const struct portspec *p, uint8_t proto, uint8_t family,
		    const struct pw_addr *laddr, uint16_t lport, bool v6only, const char *device);

/* Is a socket on this device, or on none ("" or NULL), in the way of one on the other? */
static inline bool devices_meet(const char *a, const char *b)
{
	return !a || !b || !*a || !*b || !strcmp(a, b);
}

/* Would a socket at this address be in the way of binding the wanted one (want_family
 * 0: any address)? Ports and protocols are not looked at. */
bool portspec_covers(uint8_t want_family, const struct pw_addr *want, uint8_t family,
		     const struct pw_addr *laddr, bool v6only);

/* Bits of all ports named for this protocol (0: for any); for struct query and
 * pw_filter. ret is overwritten. */
void portspec_bitmap(const struct portspec *p, uint8_t proto, uint64_t ret[PORTSPEC_WORDS]);

/* The protocol that all members name, or 0. */
uint8_t portspec_proto(const struct portspec *p);

/* "8000", "80, 443/tcp", "3000-3010": for messages, each range once, addresses left out. */
void portspec_describe(const struct portspec *p, struct strbuf *out);

/* How many different ports; 1 makes a question that fits in a sentence. */
size_t portspec_count(const struct portspec *p);

static inline bool port_bit(const uint64_t *map, uint16_t port)
{
	return map[port / 64] >> (port % 64) & 1;
}

static inline void port_set(uint64_t *map, uint16_t port)
{
	map[port / 64] |= UINT64_C(1) << (port % 64);
}

#endif
