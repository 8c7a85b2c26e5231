/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * instance: a trace buffer of our own in tracefs (instances/portwatch-PID), which nobody else's
 * tracing sees or disturbs. It goes with instance_close(); one whose process was killed is removed
 * by the next portwatch that makes one.
 */
#ifndef LIVE_INSTANCE_H
#define LIVE_INSTANCE_H

#include <stddef.h>
#include <stdint.h>

#define INSTANCE_TEXT_MAX 8192 /* of the files that are read whole */

struct instance {
	int root; /* of tracefs */
	int dir;  /* of the instance */
	char name[32];
	int *cpus; /* trace_pipe_raw of each CPU */
	size_t nr_cpus;
};

/* 0 or a negative errno; nothing stays behind then. buffer_kb: for each CPU. */
int instance_open(struct instance *ret, uint32_t buffer_kb);
void instance_close(struct instance *i);

/* The text of a file below the root of tracefs, NUL-terminated. */
int instance_read(const struct instance *i, const char *path, char *ret, size_t size);

/* Turns an event on ("sock/inet_sock_set_state"). */
int instance_enable(const struct instance *i, const char *event);

/* How many CPUs there are buffers for. */
size_t instance_count_cpus(void);

#endif
