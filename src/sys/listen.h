/* SPDX-License-Identifier: GPL-2.0-or-later */
/* listen: the TCP socket that a server of ours listens on: its own, or one handed over by
 * systemd (sd_listen_fds(3)). */
#ifndef SYS_LISTEN_H
#define SYS_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "portwatch.h"

struct listen_addr {
	struct pw_addr addr;
	uint16_t port;
	uint8_t family;
};

/* "127.0.0.1:9736", "[::1]:9736"; ":9736" and "9736" mean 127.0.0.1. -EINVAL: neither. */
int listen_parse(const char *text, struct listen_addr *ret);

/* A listening socket, CLOEXEC and non-blocking; or negative errno. */
int listen_open(const struct listen_addr *at);

/* Take the listening socket that systemd has handed over. -ENOENT: none; -EINVAL: not exactly one
 * listening stream socket. */
int listen_inherited(void);

/* Can only this machine connect to it: loopback, or no IP at all? */
bool listen_is_local(int fd);

#endif
