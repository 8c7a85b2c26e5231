/* SPDX-License-Identifier: GPL-2.0-or-later */
/* diag_msg: what sock_diag says about one socket. Pure. */
#ifndef TABLES_DIAG_MSG_H
#define TABLES_DIAG_MSG_H

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>

#include "portwatch.h"

/* The part of a message that is kept while the rest of the dump comes. */
struct diag_msg {
	struct inet_diag_msg m;
	uint8_t proto;
	bool v6only;
	bool says_v6only; /* not of connected sockets (inet_diag_msg_attrs_fill) */
	bool has_drops;
	uint32_t drops;
};

/* 0; -EINVAL: not a message about a socket, or too short for one. Attributes that do not fit into
 * the message are left out. */
int diag_msg_parse(const struct nlmsghdr *h, uint8_t proto, struct diag_msg *ret);

/* As a record, but for sock.netns. */
void diag_msg_record(const struct diag_msg *d, struct pw_rec *ret);

#endif
