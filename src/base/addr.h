/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * addr: IP addresses as the kernel side gives them (struct pw_addr and a family)
 * to and from text.
 *
 * An IPv4 address that sits on an IPv6 socket is written as ss writes it,
 * ::ffff:127.0.0.1; in comparisons it is the IPv4 address. The wildcards are
 * 0.0.0.0 and ::. Text is what inet_ntop() gives (RFC 5952). No names, no scopes.
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "portwatch.h"

#define ADDR_LEN 46	 /* longest bare address, with its NUL */
#define ADDR_PORT_LEN 56 /* longest "[address]:port", with its NUL */

/* "127.0.0.1", "::1". Returns the length; writes a NUL behind it. */
size_t addr_format(uint8_t family, const struct pw_addr *a, char buf[ADDR_LEN]);

/* "127.0.0.1:8000", "[::1]:8000"; port 0 as '*'. */
size_t addr_format_port(uint8_t family, const struct pw_addr *a, uint16_t port,
			char buf[ADDR_PORT_LEN]);

/* "127.0.0.1", "::1" or "[::1]" in len bytes. -EINVAL: not an address. */
int addr_parse(const char *s, size_t len, uint8_t *ret_family, struct pw_addr *ret);

bool addr_is_any(uint8_t family, const struct pw_addr *a);
/* 127.0.0.0/8, also v4-mapped, and ::1. */
bool addr_is_loopback(uint8_t family, const struct pw_addr *a);
bool addr_is_mapped(uint8_t family, const struct pw_addr *a);

/* Makes a v4-mapped address the IPv4 address it is. */
void addr_unmap(uint8_t *family, struct pw_addr *a);

/* Equal, a v4-mapped address being the IPv4 address. */
bool addr_equal(uint8_t family_a, const struct pw_addr *a, uint8_t family_b,
		const struct pw_addr *b);

/* Is the socket connected to itself? TCP can be: by connect() to a port that nobody listens on, and
 * that the kernel chooses for it or bind() gave it. */
bool addr_is_own_peer(const struct pw_sock *s);

/* Is `a` in the network of the first `prefix` bits of `net`? Both as addr_unmap() leaves them;
 * addresses of another family are not. */
bool addr_in_net(uint8_t family_net, const struct pw_addr *net, unsigned int prefix, uint8_t family,
		 const struct pw_addr *a);

/* For sorting: IPv4 before IPv6, then by value. */
int addr_compare(uint8_t family_a, const struct pw_addr *a, uint8_t family_b,
		 const struct pw_addr *b);

#endif
