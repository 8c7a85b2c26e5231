/* SPDX-License-Identifier: GPL-2.0-or-later */
/* procns: the network namespaces that processes live in, as /proc tells. Namespaces that only a
 * descriptor or a socket keeps are not seen; see netns_each_name() for those that have a name. */
#ifndef TABLES_PROCNS_H
#define TABLES_PROCNS_H

#include <stdint.h>

#define PROCNS_WAYS 3

/*
 * Calls fn for up to PROCNS_WAYS processes in each namespace: when one ends, another still is a way
 * in. inode 0: a namespace whose number may not be read, told apart from the others by what
 * /proc/PID/net is; it comes once, and can be read by procnet_sockets(). 0, fn's error, or a
 * negative errno.
 */
int procns_each(int (*fn)(void *arg, uint32_t inode, uint32_t pid), void *arg);

#endif
