/* SPDX-License-Identifier: GPL-2.0-or-later */
/* holds: whether the kernel's socket still has its port. */
#ifndef TRACK_HOLDS_H
#define TRACK_HOLDS_H

#include "track/tracker.h"

/* Has the kernel not yet taken the port from this socket, at the address sk, which is closed or
 * about to be? 1, 0 or a negative errno. */
int holds_port(struct tracker *t, uint64_t sk, const struct pw_sock *s);

#endif
