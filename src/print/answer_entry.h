/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * answer_entry: which sockets people take for one: the IPv4 and the IPv6 socket of a server, and
 * connections that differ by their peer alone. Pure.
 */
#ifndef PRINT_ANSWER_ENTRY_H
#define PRINT_ANSWER_ENTRY_H

#include "model/answer.h"

/* Does it wait for peers: listening, unconnected UDP, or bound? */
bool answer_entry_serves(const struct socket *s);

/* Are both any address, or both loopback, one in each family, with the same holders? */
bool answer_entry_twins(const struct socket *a, const struct socket *b);

/* How many sockets from i on are connections that differ by their peer alone; 1: none. */
size_t answer_entry_run(const struct answer *a, size_t i);

/* Does it take the port in both families: [::] without IPV6_V6ONLY? */
bool answer_entry_is_dual(const struct socket *s);

#endif
