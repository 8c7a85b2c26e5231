/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * victim: a process that signals are sent to, by a pidfd and never by a number.
 *
 * A pidfd stays with its process: once that has ended, a signal reaches nobody. But it
 * is opened by a number, which may have passed to another process before. So the
 * order is fixed: open, then find out whether the process with that number *now* is the
 * one meant (by its exact start time: the caller's part), then signal. If it is, it was
 * so at the opening, too, because it is older than that.
 */
#ifndef SYS_VICTIM_H
#define SYS_VICTIM_H

#include <stdbool.h>
#include <stdint.h>

/* A pidfd, CLOEXEC; -ESRCH: nobody has this number; -ENOSYS: no pidfds here (before 5.3). */
int victim_open(uint32_t pid);

/* 0; -ESRCH: has ended; -EPERM. */
int victim_signal(int pidfd, int sig);

/* Has it ended? A zombie has. For waiting: the pidfd becomes readable then. */
bool victim_ended(int pidfd);

#endif
