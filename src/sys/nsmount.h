/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsmount: network namespaces that are mounted somewhere, as a bind mount of /proc/PID/ns/net keeps
 * one without a process in it. Those that are mounted in our mount namespace and below our root are
 * seen.
 */
#ifndef SYS_NSMOUNT_H
#define SYS_NSMOUNT_H

#include <stddef.h>
#include <stdint.h>

/* Call fn for each such mount. Something else may be mounted over it, or it may go: who opens the
 * path looks at the inode's number. fn's error ends it and is returned; -ENOMEM. Without mountinfo
 * there are none. */
int nsmount_each(int (*fn)(void *arg, uint32_t inode, const char *path), void *arg);

/* The namespace and, in place, the path out of a line of mountinfo; 0: it is none of a network
 * namespace. */
uint32_t nsmount_parse(char *line, char **ret_path);

#endif
