/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shot: all sockets at one moment. Pure. What happened between two shots, shot_diff.h tells. */
#ifndef LIVE_SHOT_H
#define LIVE_SHOT_H

#include <stdbool.h>

#include "base/hmap.h"
#include "portwatch.h"

/* Identity of a socket: its cookie, or its addresses where it has none. A TIME-WAIT socket has the
 * cookie of the connection that it was, and is another row. */
struct shot_key {
	struct pw_addr laddr, raddr; /* with a cookie zero, as are the ports */
	uint64_t cookie;
	uint32_t netns;
	uint16_t lport, rport;
	uint8_t family, proto, timewait;
	uint8_t pad[5];
};

struct shot_row {
	struct shot_key key;
	struct pw_sock
		sock; /* since_ns: the look that found it, 0: the first; creator: its process */
	uint64_t inode;
	bool held;     /* a process has a descriptor */
	bool accepted; /* by whoever listens on its port */
	bool asked;    /* who holds it */
};

struct shot {
	struct hmap rows;
	struct hmap places;    /* addresses to rows */
	struct hmap listening; /* TCP ports that somebody listens on */
};

void shot_init(struct shot *s);
void shot_done(struct shot *s);
void shot_clear(struct shot *s);

/* Adds a socket. TIME-WAIT has the state PW_TIME_WAIT, whichever half it is in. Request sockets and
 * sockets without a port are left out. 0 or -ENOMEM. */
int shot_add(struct shot *s, const struct pw_rec *rec);

/* The socket with these addresses, in whichever network namespace; NULL: there is none, or not one
 * alone. */
const struct shot_row *shot_find(const struct shot *s, const struct pw_sock *sock);

/* Does anybody listen on the local port of this socket? */
bool shot_is_listening(const struct shot *s, const struct pw_sock *sock);

#endif
