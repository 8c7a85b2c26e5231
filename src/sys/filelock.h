/* SPDX-License-Identifier: GPL-2.0-or-later */
/* filelock: an exclusive flock(2) that is not waited for without end, and who holds it. */
#ifndef SYS_FILELOCK_H
#define SYS_FILELOCK_H

#include <sys/types.h>

/* Locks the open file. 0, -EWOULDBLOCK: not free within so many milliseconds, or another negative
 * errno. */
int filelock(int fd, unsigned int patience_ms);

/* Find the process of our PID namespace that has locked the file; 0: none that we can see. */
pid_t filelock_holder(int fd);

#endif
