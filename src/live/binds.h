/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * binds: what the trace tells of bind(): the thread, the descriptor and the result, but neither
 * address nor port. A bind() that went well gives its process to the socket that the next look
 * finds with the descriptor's inode number. One that failed is told without a port; of which
 * protocol its socket was, the descriptor says, or else, where the process has ended already, the
 * thread's call of socket().
 */
#ifndef LIVE_BINDS_H
#define LIVE_BINDS_H

#include "base/hmap.h"
#include "live/live.h"
#include "live/procs.h"

struct binds {
	struct procs *procs;
	struct hmap calls; /* under way, by thread */
	struct hmap made;  /* what socket() returned, by thread and descriptor */
	struct hmap done;  /* sockets whose port a look must tell, by inode number */
};

void binds_init(struct binds *b, struct procs *procs);
void binds_done(struct binds *b);

/* TRACE_SOCKET, TRACE_MADE, TRACE_BIND and TRACE_BOUND. 0, fn's error, or -ENOMEM. */
int binds_tell(struct binds *b, const struct trace *t, live_event_fn fn, void *arg);

/* Is there a socket whose port only a look can tell? */
bool binds_want_look(const struct binds *b);

/* Name the process whose bind() gave this socket its port. False: it is not known. */
bool binds_find(const struct binds *b, uint64_t inode, struct pw_actor *ret);

/* A look that began then has been told: what it has not found is gone. 0 or -ENOMEM. */
int binds_looked(struct binds *b, uint64_t began_ns);

#endif
