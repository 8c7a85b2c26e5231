/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nettcp: what the current network namespace says about its TIME-WAIT sockets and the limits
 * they are under (/proc/sys/net, /proc/net/netstat). See host.h for the ranges of ports.
 */
#ifndef SYS_NETTCP_H
#define SYS_NETTCP_H

#include <stdbool.h>
#include <stdint.h>

struct nettcp {
	uint64_t max_tw_buckets; /* 0: unknown */
	int tw_reuse;		 /* 0: no, 1: yes, 2: on loopback */
	uint32_t reuse_delay_ms; /* before a TIME-WAIT may be taken; its own sysctl since 6.14 */
	bool timestamps;
	uint64_t overflowed; /* TCPTimeWaitOverflow: no TIME-WAIT for want of a bucket */
};

/* Read the numbers; those that cannot be read are 0. */
void nettcp_read(struct nettcp *ret);

#endif
