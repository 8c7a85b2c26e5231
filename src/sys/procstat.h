/* SPDX-License-Identifier: GPL-2.0-or-later */
/* procstat: the fields of /proc/PID/stat that tell who a process is and whose child. */
#ifndef SYS_PROCSTAT_H
#define SYS_PROCSTAT_H

#include <stdbool.h>
#include <stdint.h>

#include "portwatch.h"

struct procstat {
	char state;
	uint64_t parent, threads, ticks; /* start time in clock ticks */
	char comm[PW_COMM_LEN];
};

/* Reads an open /proc/PID/stat. 0; -EIO: it is not what it should be; another negative errno. */
int procstat_read(int fd, struct procstat *ret);

/* Is it a zombie, which holds nothing any more? Not if only its first thread has ended. */
bool procstat_has_ended(const struct procstat *f);

#endif
