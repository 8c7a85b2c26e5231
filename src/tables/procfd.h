/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * procfd: who holds a socket, found by reading the links of every descriptor of every process in
 * /proc. It cannot prove that nobody else does: a descriptor may be in flight, move from one
 * process to another meanwhile, or belong to a process that may not be looked at. The last are
 * counted.
 */
#ifndef TABLES_PROCFD_H
#define TABLES_PROCFD_H

#include <stddef.h>

#include "tables/inode_set.h"
#include "tables/question.h"

/* Number of processes that were looked at, and of what could not be seen. */
struct procfd_blind {
	size_t processes;   /* looked at, with or without success */
	size_t unreadable;  /* of them: their descriptors may not be listed */
	size_t descriptors; /* of the others: what is behind them may not be read */
	bool concealed;	    /* /proc does not show us all processes (hidepid) */
	bool confined;	    /* nor those outside of our PID namespace */
	/* A process that is unreadable, or has such descriptors; 0: there is none. */
	uint32_t pid;
	uint32_t uid;
};

/*
 * Calls fn with a PW_REC_HOLDER for each descriptor of a wanted socket, in the caller's thread,
 * ordered by process and descriptor; two threads read. Processes that end meanwhile are left out.
 * A thread's own table of descriptors is looked at if a socket has no holder otherwise.
 *
 * actor.start_ns has the precision of the kernel's clock ticks (10 ms), rounded down; proc_alive()
 * takes it. actor.cgroup_id is 0; actor.tgid too, unless our PID namespace is the initial one.
 *
 * 0, fn's error, or a negative errno: -ENOENT: there is no /proc.
 */
int procfd_holders(const struct question *q, const struct inode_set *wanted, rec_fn fn, void *arg,
		   struct procfd_blind *ret);

#endif
