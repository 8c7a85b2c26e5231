/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * procstate: in which condition a process is, by /proc of that one process and the files of its
 * cgroup: stopped, traced, frozen, ending, which signals it discards.
 */
#ifndef SYS_PROCSTATE_H
#define SYS_PROCSTATE_H

#include <sys/types.h>

#include "model/condition.h"

/* Reads the condition of whichever process has this number. 0; -ESRCH: none has. */
int procstate_read(pid_t pid, struct condition *ret);

/* Reads only whether every thread of it is exiting or has exited: then it holds no file that it
 * will not give back. False where that cannot be seen. */
bool procstate_is_dying(pid_t pid);

#endif
