/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nldump: one question to sock_diag that has many answers. Each has a netlink socket of its own,
 * which only the kernel can send to, so that nothing of an earlier one is ever in the way.
 */
#ifndef TABLES_NLDUMP_H
#define TABLES_NLDUMP_H

#include <linux/netlink.h>

/* Takes one message, whole and neither an error nor the end. 0 or a negative errno, which ends the
 * dump. */
typedef int (*nldump_fn)(void *arg, const struct nlmsghdr *h);

/*
 * Sends the request and hands over what comes. 0: that was all of it. -EAGAIN: something is missing
 * or came twice, ask again; -EOPNOTSUPP: this kernel has no sock_diag, or not for this protocol;
 * another negative errno.
 */
int nldump(const struct nlmsghdr *request, nldump_fn fn, void *arg);

#endif
