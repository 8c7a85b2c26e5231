/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netuse: whether a network namespace has TCP sockets at all, from /proc/PID/net/sockstat. To read
 * /proc/PID/net/tcp the kernel goes through its whole table of connections twice, those of all
 * namespaces, and as often for tcp6.
 */
#ifndef TABLES_NETUSE_H
#define TABLES_NETUSE_H

#include <stdbool.h>

struct netuse {
	bool tcp, tcp6; /* false: /proc/PID/net/tcp, or tcp6, is empty but for its heading */
};

/* dir: an open /proc/PID/net. What is not known is true. */
void netuse_read(int dir, struct netuse *ret);

/* Is this number in the line of that name 0? "TCP: inuse 2 orphan 0 tw 0". False: not, or it is not
 * there. */
bool netuse_is_zero(const char *text, const char *name, const char *number);

#endif
