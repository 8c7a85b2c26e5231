/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * free: what the files of the command know of each other. free.c parses and leads through
 * the steps, free_look.c asks who has the ports, free_kill.c ends processes, free_close.c
 * destroys sockets, free_wait.c sleeps until something happens.
 *
 * The rule that all of it serves: no signal but to a process that, after its pidfd was
 * opened, was seen to be the one in the plan (by its exact start time) and to hold
 * a socket in scope. A process that cannot be looked at is not signalled.
 */
#ifndef CMD_FREE_H
#define CMD_FREE_H

#include <stdbool.h>
#include <stdint.h>

#include "cmd/common.h"
#include "cmd/source.h"
#include "model/filter.h"
#include "model/plan.h"
#include "out/free_report.h"
#include "sys/kin.h"
#include "track/reader.h"

#define NSEC_PER_SEC 1000000000ull
#define NSEC_PER_MSEC 1000000ull

struct free_args {
	struct common common;
	struct filter filter;
	int signal;
	double grace, timeout, observe; /* timeout < 0: none */
	bool no_escalate, interactive, dry_run, list_signals;
	bool listening, close, timewait, force;
};

/* Of one target, by the same index. */
struct hunt {
	int pidfd;
	uint64_t since_ns;    /* of the first signal */
	uint64_t released_ns; /* first seen without the port; 0: not */
};

struct free_run {
	struct free_args *args;
	struct tracker *tracker;
	struct reader *reader; /* of a loaded tracker; NULL: */
	int watch_fd;	       /* the kernel's own news about sockets, -1: none */
	int signal_fd;
	uint64_t deadline_ns; /* --timeout; UINT64_MAX: none */
	uint32_t ancestors[KIN_MAX_ANCESTORS];
	struct plan_facts facts;
	struct plan plan;
	struct hunt *hunts; /* for plan.targets */
	size_t nr_hunts;
	struct free_job job;
	struct out_opts out;
	int output_error; /* the first one */
};

/* free.c: prints what became of a target. */
void free_tell(struct free_run *r, const struct target *t);

/* free_look.c */
void free_facts(struct free_run *r);
/* Asks who has the ports, and adds to the plan; *ret_new: how many have to end. */
int free_look(struct free_run *r, size_t *ret_new);
/* Is this still the process of the plan, and does it still hold a socket in scope?
 * 1, 0, or a negative errno: not to be found out. */
int free_holds(struct free_run *r, const struct target *t);

/* free_wait.c */
int free_watch(struct free_run *r);
void free_unwatch(struct free_run *r);
/* Sleeps until `until_ns`, news about a socket, the end of a target that was signalled, or
 * a signal to us. True: something has changed about sockets. */
bool free_wait(struct free_run *r, uint64_t until_ns);
/* Is the time up, or did the user call it off? Notes which. */
bool free_is_over(struct free_run *r);

/* free_kill.c */
int free_kill(struct free_run *r);

/* free_close.c */
int free_close(struct free_run *r);
int free_timewait(struct free_run *r);

#endif
