/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sockdump: every TCP and UDP socket that sock_diag shows in the network namespace we are in;
 * neither TIME-WAIT nor connections in SYN_RECV, which are none yet or no longer.
 */
#ifndef SYS_SOCKDUMP_H
#define SYS_SOCKDUMP_H

#include <stdint.h>

#include "portwatch.h"

/* fn gets addresses, ports, protocol, family and state; its error ends the dump. 0 or a negative
 * errno; -EOPNOTSUPP: this kernel has no sock_diag. */
int sockdump(int (*fn)(void *arg, const struct pw_sock *s), void *arg);

/*
 * Those in one of these states (bits of enum pw_state) with inode, cookie and backlog, TIME-WAIT
 * and SYN_RECV included if they are asked for. TCP sockets that are only bound are shown from 6.8
 * on.
 */
int sockdump_records(uint32_t states, int (*fn)(void *arg, const struct pw_rec *rec), void *arg);

#endif
