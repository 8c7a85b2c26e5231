/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * closing: the timers of TCP connections that are closing, of the current network namespace, as
 * sock_diag shows them. TIME-WAIT has its time in its record.
 */
#ifndef TABLES_CLOSING_H
#define TABLES_CLOSING_H

#include "model/lasts.h"
#include "portwatch.h"

/* States in which a connection may outlive its process. */
#define CLOSING_STATES                                                                             \
	(1u << PW_FIN_WAIT1 | 1u << PW_FIN_WAIT2 | 1u << PW_CLOSING | 1u << PW_LAST_ACK)

/* Of `s` state, family, addresses and ports are known. */
typedef void (*closing_fn)(void *arg, const struct pw_sock *s, const struct lasts_timer *t);

/* Calls fn for each that no process has, on these local ports (bit per port). 0 or a negative
 * errno. */
int closing_timers(const uint64_t *ports, closing_fn fn, void *arg);

#endif
