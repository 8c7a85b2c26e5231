/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * diag: the TCP and UDP sockets of the current network namespace, as sock_diag shows them. It
 * needs no privilege and no /proc. It does not know processes, SO_REUSEADDR, SO_REUSEPORT, nor who
 * left a TIME-WAIT socket.
 */
#ifndef TABLES_DIAG_H
#define TABLES_DIAG_H

#include "tables/question.h"

/*
 * Calls fn for each socket asked for: PW_REC_TCP and PW_REC_UDP. 0, fn's error, or a negative
 * errno, after which fn has seen a part at most:
 * -EOPNOTSUPP: this kernel has no sock_diag; -EAGAIN: the table would not keep still.
 */
int diag_sockets(const struct question *q, rec_fn fn, void *arg);

/* As diag_sockets(). Besides, it finds out what diag_shows_bound() is asked for, which by itself
 * takes the kernel as long as all the sockets do: both go through the table of all connections. */
int diag_sockets_probing(const struct question *q, rec_fn fn, void *arg);

/* Does this kernel show TCP sockets that are bound and do neither listen nor connect? From 6.8 on.
 * 1, 0, or a negative errno. Binds a socket to find out, once. */
int diag_shows_bound(void);

/*
 * Is this very socket still there? 1, 0, or a negative errno; -EOPNOTSUPP: this kernel does not
 * show sockets in its state. A TIME-WAIT socket has the cookie of the socket it was: it counts only
 * if s->state says PW_TIME_WAIT.
 */
int diag_alive(uint64_t cookie, const struct pw_sock *s);

/* As diag_alive(), for a socket that is known by its inode number. */
int diag_alive_inode(uint64_t inode, const struct pw_sock *s);

#endif
