/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sockets: all sockets of this network namespace, as sock_diag shows them, or /proc/net where that
 * is refused. A TIME-WAIT socket has the state PW_TIME_WAIT, whichever half it is in.
 */
#ifndef LIVE_SOCKETS_H
#define LIVE_SOCKETS_H

#include "tables/question.h"

/* Calls fn with each socket in one of these states (bit per enum pw_state). 0, fn's error, or a
 * negative errno. */
int sockets_each(uint32_t states, rec_fn fn, void *arg);

#endif
