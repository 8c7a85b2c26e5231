/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * condition: what keeps a process from acting on a signal, or that it is ending already. Read
 * from the kernel (sys/procstate.h), never concluded from how long something took. Pure.
 */
#ifndef MODEL_CONDITION_H
#define MODEL_CONDITION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"

enum {
	COND_STOPPED = 1 << 0,	    /* by a job control signal: CONT lets it go on */
	COND_TRACED = 1 << 1,	    /* stopped by a tracer */
	COND_FROZEN = 1 << 2,	    /* by cgroup.freeze (version 2): no handler runs */
	COND_FROZEN_V1 = 1 << 3,    /* by the freezer controller: not even KILL gets through */
	COND_DISK_SLEEP = 1 << 4,   /* state D */
	COND_KILL_PENDING = 1 << 5, /* KILL was sent and has not been acted upon */
	COND_DYING = 1 << 6,	    /* every thread of it is exiting, or has exited */
	COND_DUMPING = 1 << 7,	    /* writes a core dump, and ends then */
};
#define COND_NR 8

struct condition {
	unsigned int is;     /* COND_... */
	uint32_t tracer;     /* COND_TRACED: PID, 0: unknown */
	bool namespace_init; /* the first process of a PID namespace: all of it ends with it */
	uint64_t catches;    /* signals with a handler, or blocked: they need it to run */
	uint64_t discards;   /* signals that do nothing when sent to it: bit n - 1 for signal n */
};

/* Does a signal do nothing when sent to it? */
bool condition_discards(const struct condition *c, int sig);

/* Does it have a handler for a signal, or block it and so may read it by sigwait() or signalfd()?
 */
bool condition_catches(const struct condition *c, int sig);

/* After this signal, and CONT behind one that ends: is it known that it does not end before
 * somebody does something else (thaws it, lets it go on, kills it)? */
bool condition_waits_in_vain(const struct condition *c, int sig);

/* Will it end without any further signal? */
bool condition_is_ending(const struct condition *c);

/* "stopped, frozen by its cgroup": a list for people, nothing if nothing is special. */
void condition_text(struct strbuf *out, const struct condition *c);

/* "kill-pending": for scripts, of bit number i. */
const char *names_condition(unsigned int i);

#endif
