/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: which names a server answers to. A page in a browser may have a name of its own resolve to
 * our address (DNS rebinding) and then read the answers: its requests carry that name in the header
 * Host.
 */
#ifndef HTTP_HOST_H
#define HTTP_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/opt.h"
#include "portwatch.h"

/* Is this "a,b,..." of names and addresses, none with a port? */
bool host_list_parse(const char *list);

/*
 * Do we answer for this Host, "name:port", "[::1]:port" or without a port (RFC 9112, 3.2)? For
 * localhost, loopback addresses, the address that the client has connected to (local; family 0: not
 * known), and for what is in the allowed lists. The port may be anybody's: it may be forwarded to
 * ours.
 */
bool host_is_ours(const char *header, size_t len, uint8_t family, const struct pw_addr *local,
		  const struct opt_list *allowed);

#endif
