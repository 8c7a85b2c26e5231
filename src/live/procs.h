/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * procs: the process that a thread's number in a trace stands for, read from its /proc when it is
 * first asked for, and kept right by what the trace tells of forks, exec, exit and setns(). The
 * memory is bounded: of two threads that fall on one place the later one stays.
 */
#ifndef LIVE_PROCS_H
#define LIVE_PROCS_H

#include "live/trace.h"

struct procs;

int procs_new(struct procs **ret);
struct procs *procs_free(struct procs *p); /* returns NULL */

/* TRACE_FORK, TRACE_EXEC, TRACE_EXIT and TRACE_UNSHARED. */
void procs_note(struct procs *p, const struct trace *t);

/* The process and its network namespace (0: unknown). False: nothing is known of it. */
bool procs_find(struct procs *p, uint32_t tid, struct pw_actor *ret, uint32_t *ret_netns);

/* Has the trace told that this process ended? */
bool procs_has_ended(const struct procs *p, uint32_t tgid);

/* The inode number of the socket that a thread has as this descriptor; 0: none, or not known. */
uint64_t procs_socket(uint32_t tid, int fd);

#endif
