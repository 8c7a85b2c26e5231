/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netns: network namespaces as people call them (a name of `ip netns`, a path) and
 * as the kernel does (the inode number).
 */
#ifndef SYS_NETNS_H
#define SYS_NETNS_H

#include <stdint.h>

/* The namespace of this process. 0 or negative errno. */
int netns_self(uint32_t *ret);

/* That of this thread, at this moment; -ENOENT or -EPERM: no /proc, and a socket's is not told. */
int netns_now(uint32_t *ret);

/* A name under /run/netns or a path such as /proc/PID/ns/net. 0; -ENOENT; -EINVAL: a
 * file, but no network namespace. */
int netns_lookup(const char *name_or_path, uint32_t *ret);

/* Calls fn for each name under /run/netns. 0 or fn's error, which ends it. */
int netns_each_name(int (*fn)(void *arg, uint32_t inode, const char *name), void *arg);

/* The name under /run/netns, NULL: none, or it is our own, which is never looked for. Good until
 * the next call; the directory is read again if what is known of it is older than two seconds. */
const char *netns_name(uint32_t inode);

#endif
