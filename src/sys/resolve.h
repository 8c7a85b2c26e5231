/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * resolve: names of services and hosts, in both directions. This is the only
 * module that may ask the network (DNS), and only for --resolve.
 */
#ifndef SYS_RESOLVE_H
#define SYS_RESOLVE_H

#include <stddef.h>
#include <stdint.h>

#include "portwatch.h"

/* The port of a service ("http"); proto 0: of either protocol, TCP's first. 0 or -ENOENT. */
int resolve_service(const char *name, uint8_t proto, uint16_t *ret_port);

/* The service's name, good until the next call; NULL: it has none. */
const char *resolve_port(uint16_t port, uint8_t proto);

/* The host's name, good until the next call; NULL: it has none. Answers are remembered,
 * the lack of one, too: a stream asks for the same few peers all the time. */
const char *resolve_addr(uint8_t family, const struct pw_addr *addr);

#endif
