/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pids: the numbers that a directory of processes has: /proc or /proc/PID/task. */
#ifndef TABLES_PIDS_H
#define TABLES_PIDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/vec.h"

/* Longest "PID/task/TID/rest" with any numbers and a short rest. */
#define PIDS_PATH 48

struct pids {
	VEC(uint32_t) list; /* ascending */
};

/* Opens /proc, CLOEXEC. A negative errno; -ENOENT: nothing, or another file system, is there. */
int pids_open_proc(void);

void pids_done(struct pids *p);

/* Reads them all anew. 0 or a negative errno. */
int pids_read(int dir, struct pids *p);

/* The number that was given last, which may belong to none any more; UINT32_MAX: not known. */
uint32_t pids_last(int proc);

bool pids_have(const struct pids *p, uint32_t pid);

/* Adds what is in the other list and not yet in this one. 0 or -ENOMEM. */
int pids_merge(struct pids *p, const struct pids *other);

/* Removes what is in the other list. */
void pids_subtract(struct pids *p, const struct pids *other);

/* Is this the name of a process or a descriptor, and of which one? */
bool pids_number(const char *name, uint32_t *ret);

#endif
