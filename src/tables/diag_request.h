/* SPDX-License-Identifier: GPL-2.0-or-later */
/* diag_request: a question as sock_diag understands it. Pure. */
#ifndef TABLES_DIAG_REQUEST_H
#define TABLES_DIAG_REQUEST_H

#include <linux/inet_diag.h>
#include <linux/netlink.h>

#include "tables/question.h"

#define DIAG_RANGES 16 /* of ports; more are left to whoever reads the answer */
#define DIAG_RANGE_OPS 5

struct diag_request {
	struct nlmsghdr head;
	union {
		struct inet_diag_req_v2 v2; /* SOCK_DIAG_BY_FAMILY */
		struct inet_diag_req both;  /* TCPDIAG_GETSOCK */
		char space[sizeof(struct inet_diag_req) + sizeof(struct nlattr) +
			   DIAG_RANGES * DIAG_RANGE_OPS * sizeof(struct inet_diag_bc_op)];
	};
};

/*
 * A dump of these sockets. family 0 stands for IPv4 and IPv6, for TCP only: the older form of the
 * request goes through the table once for both. The kernel may answer with more than was asked for,
 * never with less. The states of `enum pw_state` have the kernel's numbers.
 */
void diag_request(struct diag_request *ret, uint8_t family, uint8_t proto,
		  const struct question *q);

#endif
