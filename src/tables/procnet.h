/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * procnet: the TCP and UDP sockets of a process's network namespace as /proc/PID/net shows them,
 * which anyone may read without entering the namespace. It does not know cookies, backlogs,
 * options, nor TCP sockets that are only bound.
 */
#ifndef TABLES_PROCNET_H
#define TABLES_PROCNET_H

#include <stddef.h>

#include "tables/question.h"

/*
 * Calls fn for each socket asked for: PW_REC_TCP and PW_REC_UDP. pid 0: the namespace of the
 * calling thread. sock.netns is 0 where it may not be read. 0, fn's error, or a negative errno,
 * after which fn has seen a part at most: -ENOENT: no such process, or no such table in this /proc;
 * -EIO: a line that is not understood.
 */
int procnet_sockets(uint32_t pid, const struct question *q, rec_fn fn, void *arg);

/* Read one table from an open file. */
int procnet_read(int fd, uint8_t proto, uint8_t family, const struct question *q, rec_fn fn,
		 void *arg);

/* Parse a line without its end. 0 or -EINVAL. */
int procnet_line(const char *line, size_t len, uint8_t proto, uint8_t family, struct pw_rec *ret);

#endif
