/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: what the own network namespace and the own rights say about binding a
 * port. Files under /proc/sys/net show the namespace of the process that opens them.
 */
#ifndef SYS_HOST_H
#define SYS_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "model/lasts.h"

/* Ports below this take CAP_NET_BIND_SERVICE (net.ipv4.ip_unprivileged_port_start);
 * 1024 when unknown. */
uint16_t host_unprivileged_start(void);

bool host_may_bind_low(void);

/* The user that an answer is for: who called sudo directly, else the effective one. */
uint32_t host_asking_uid(void);

bool host_has_ipv6(void);

/* Is an IPv6 socket for IPv6 alone unless it says otherwise? (net.ipv6.bindv6only) */
bool host_bindv6only(void);

/* Sets a bit for each port that the kernel never picks by itself
 * (net.ipv4.ip_local_reserved_ports). 0 or negative errno, map untouched. */
int host_reserved_ports(uint64_t ret_map[1024]);

/* The ports that it does pick from (net.ipv4.ip_local_port_range). */
int host_local_range(uint16_t *ret_first, uint16_t *ret_last);

/* How long it goes on with a connection that no process has. 0 or negative errno. */
int host_closing_rules(struct lasts_rules *ret);

#endif
