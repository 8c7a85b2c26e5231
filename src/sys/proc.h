/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proc: what a person needs to recognise one process that is already known: its
 * command line, user, cgroup, unit, container, directory and parents.
 *
 * Invariants: only /proc/PID of the process asked for, and of its parents, is opened, never a
 * directory of processes (but for proc_runs(), which no answer needs). The start time is compared
 * before and after reading, so a later process with the same number is never described in its
 * place.
 */
#ifndef SYS_PROC_H
#define SYS_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/answer.h"

enum {
	PROC_CMDLINE = 1 << 0,
	PROC_USER = 1 << 1,
	PROC_CGROUP = 1 << 2, /* cgroup, unit, container */
	PROC_ALL = PROC_CMDLINE | PROC_USER | PROC_CGROUP,
	PROC_CONDITION = 1 << 3, /* stopped, frozen, ending */
	PROC_PLACE = 1 << 4,	 /* directory, program */
	PROC_PARENTS = 1 << 5,
};

/* Fills in what is asked for and can be known. 0; -ESRCH: it has ended, or was never
 * in our PID namespace, and only what needs no process (the user) is filled in;
 * -ENOMEM. */
int proc_describe(struct process *p, unsigned int what);

/* Is the process with this number still the one that started then? A zombie is not
 * alive: it holds nothing any more. */
bool proc_alive(pid_t pid, uint64_t start_ns);

/* Read who the process with this number is, without its cgroup_id. start_ns is rounded down to a
 * clock tick of the kernel's (10 ms), which proc_alive() takes. tgid is the number asked for. 0 or
 * a negative errno. */
int proc_actor(pid_t pid, struct pw_actor *ret);

/* Read which process started or adopted it, and its state ('T': stopped). 0 or a negative errno. */
int proc_parent(pid_t pid, pid_t *ret_parent, char *ret_state);

/* Does any process have this command name? A walk through /proc, for error messages only. */
bool proc_runs(const char *comm);

/* Does our PID namespace number processes as the kernel side does? */
bool proc_pidns_is_initial(void);

#endif
