/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ends: the sockets of this network namespace that the kernel has just taken apart, as sock_diag's
 * groups tell (sys/sockdiag.h). TIME-WAIT is none of them.
 */
#ifndef LIVE_ENDS_H
#define LIVE_ENDS_H

#include "portwatch.h"

typedef int (*ends_fn)(void *arg, const struct pw_sock *s);

/* Reads what is there from a descriptor of sockdiag_watch(), without waiting: addresses, family,
 * protocol and cookie of each. 0, fn's error, or -ENOBUFS: some were lost, and more may come. */
int ends_read(int fd, ends_fn fn, void *arg);

#endif
