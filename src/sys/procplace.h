/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * procplace: where a process runs and whose child it is, by its own /proc/PID and those of its
 * ancestors. Each fact that cannot be read is left out.
 */
#ifndef SYS_PROCPLACE_H
#define SYS_PROCPLACE_H

#include "model/answer.h"

/* Fills in cwd and exe, from an open /proc/PID. 0 or -ENOMEM. */
int procplace_read(int dir, struct process *p);

/* Fills in the parents: its own first, PROCESS_PARENTS at most, up to the first process of our PID
 * namespace. A number that has been given to a later process ends the chain. 0 or -ENOMEM. */
int procplace_parents(struct process *p);

#endif
