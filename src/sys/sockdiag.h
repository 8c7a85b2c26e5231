/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sockdiag: what the kernel's sock_diag can do to sockets of the own network namespace:
 * look one up, destroy one, and tell when one is no more.
 *
 * Destroying is by addresses, and these may belong to another socket by now. So a socket
 * is first looked up, compared with what the caller knows, and then destroyed by the
 * cookie the look-up gave, which no other socket will ever have.
 *
 * Raw netlink: libmnl has no archive in Debian, and a shared library more costs every
 * look-up a tenth of a millisecond.
 */
#ifndef SYS_SOCKDIAG_H
#define SYS_SOCKDIAG_H

#include <linux/inet_diag.h>
#include <stdbool.h>
#include <stdint.h>

#include "portwatch.h"

/* A socket for sockdiag_destroy(), CLOEXEC; or a negative errno. */
int sockdiag_open(void);

/* Looks up one socket by its addresses; others may have the same. 0; -ENOENT: there is none;
 * another negative errno. */
int sockdiag_find(int fd, const struct pw_sock *s, struct inet_diag_msg *ret);

/*
 * Destroys the socket with these addresses, if it is the one meant: `inode` is that of an
 * open socket, 0 for one in TIME-WAIT (then also FIN_WAIT2 without a process). 0;
 * -ENOENT: it is gone, or another one has its addresses; -EOPNOTSUPP: this kernel cannot;
 * -EPERM: takes CAP_NET_ADMIN.
 */
int sockdiag_destroy(int fd, const struct pw_sock *s, uint64_t inode);

/* An fd that becomes readable whenever a TCP or UDP socket of this namespace is
 * destroyed, whatever its port; or a negative errno. */
int sockdiag_watch(void);

/* Reads away what made it readable. */
void sockdiag_drain(int fd);

#endif
