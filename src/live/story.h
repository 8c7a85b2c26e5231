/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * story: from what the trace says about TCP sockets to events. It remembers each socket from its
 * first state to its end, for the trace tells neither whose a socket is nor when it was closed:
 * - the process is the one in whose context the socket began to listen or to connect, was accepted,
 * or was closed; of a connection that nobody has accepted yet the listener's (PW_EF_INFERRED).
 * - a socket is closed when its process sends the FIN without a shutdown(), or with its end.
 * - TIME-WAIT follows FIN_WAIT2 and CLOSING unless a reset came (PW_EF_ESTIMATED).
 *
 * Nothing here asks the system: the user passes in what it knows of processes and of sockets that
 * are older than the trace.
 */
#ifndef LIVE_STORY_H
#define LIVE_STORY_H

#include "base/hmap.h"
#include "base/vec.h"
#include "live/live.h"
#include "live/trace.h"

struct story_ops {
	/* The process of a thread and its network namespace (0: unknown). */
	bool (*process)(void *arg, uint32_t tid, struct pw_actor *ret, uint32_t *ret_netns);
	/* Has this process ended? */
	bool (*has_ended)(void *arg, uint32_t tgid);
	/* The inode number of a thread's descriptor, 0: unknown. */
	uint64_t (*inode)(void *arg, uint32_t tid, int fd);
	/* Completes a socket that is older than the trace: cookie and namespace, and the process
	 * that has it in s->creator. */
	void (*older)(void *arg, struct pw_sock *s);
	/* Has the bind() of this socket been told, or is it older than the trace? */
	bool (*is_bound)(void *arg, const struct pw_sock *s);
	void *arg;
};

struct story {
	struct story_ops ops;
	live_event_fn emit;
	void *emit_arg;
	uint32_t somaxconn; /* no backlog is greater */
	struct hmap conns;  /* by the address of the struct sock */
	size_t nr_ended;    /* of these */
	struct hmap calls;  /* system calls under way, by thread */
	VEC(uint64_t) listeners;
	VEC(uint64_t) unaccepted; /* connections that nobody has accepted yet, oldest first */
	bool wants_look;	  /* a socket has a port that the trace does not tell */
};

void story_init(struct story *s, const struct story_ops *ops);
void story_done(struct story *s);

/* Forgets all sockets: after records were lost nothing is known any more. */
void story_forget(struct story *s);

/* A listener that is older than the trace. 0 or -ENOMEM. */
int story_add_listener(struct story *s, const struct pw_rec *rec);

/* Takes one record. 0, the error of emit, or -ENOMEM. */
int story_tell(struct story *s, const struct trace *t);

/* Does a socket listen here that the story knows of? */
bool story_has_listener(const struct story *s, const struct pw_sock *sock);

#endif
