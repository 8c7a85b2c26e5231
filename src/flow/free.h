/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * free: what the files that free a port know of each other. free_run.c leads through the steps,
 * free_query.c asks who has the ports, free_kill.c ends processes, free_close.c destroys sockets,
 * free_wait.c sleeps until something happens. The command line (free.c) and the screen of top
 * (top_kill.c) are two faces of that:
 *
 *	free_facts(&r);
 *	free_query(&r, &due);		the plan, for both to show
 *	free_end(&r, due);		shows it (announce), carries it out, proves it
 *	free_run_done(&r);
 *
 * The rule that all of it serves: no signal but to a process that, after its pidfd was
 * opened, was seen to be the one in the plan (by its exact start time) and to hold
 * a socket in scope. A process that cannot be looked at is not signalled.
 */
#ifndef FLOW_FREE_H
#define FLOW_FREE_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "model/filter.h"
#include "model/free_job.h"
#include "model/plan.h"
#include "model/signame.h"
#include "sys/relatives.h"
#include "track/reader.h"
#include "track/tracker.h"

#define FREE_GRACE 3	  /* seconds */
#define FREE_OBSERVE 0.25 /* seconds */

struct free_run;

/* The command line or the screen: it shows targets, asks about them, and tells what became of
 * them. */
struct free_face {
	void *arg;
	/* Show the targets from `from` on: they are in the plan, and nothing has been done to them
	 * yet. Set FATE_DECLINED for those that are to be spared. */
	void (*announce)(void *arg, struct free_run *r, size_t from);
	/* Tell what became of a target. */
	void (*tell)(void *arg, struct free_run *r, const struct target *t);
	/* As sleep_until() of base/sleep.h. */
	int (*sleep)(void *arg, struct pollfd *fds, size_t nr, uint64_t until_ns);
};

/* Of one target, by the same index. */
struct hunt {
	int pidfd;
	uint64_t since_ns;    /* of the first signal */
	uint64_t released_ns; /* first seen without the port; 0: not */
};

struct free_run {
	const struct free_face *face;
	const struct filter *filter; /* the ports, and where */
	bool force;
	uint64_t observe_ns;
	bool observe_given;	 /* else only where something could come back */
	struct tracker *tracker; /* not ours */
	struct reader *reader;	 /* of a loaded tracker; NULL: */
	int watch_fd;		 /* the kernel's own news about sockets, -1: none */
	int signal_fd;
	uint64_t deadline_ns; /* --timeout; UINT64_MAX: none */
	uint32_t ancestors[RELATIVES_MAX_ANCESTORS];
	struct plan_facts facts;
	struct plan plan;
	struct hunt *hunts; /* for plan.targets */
	size_t nr_hunts;
	struct free_job job;
};

/* How long a process may take; < 0: the default. */
static inline uint64_t free_grace_ns(double seconds)
{
	return (uint64_t)((seconds < 0 ? FREE_GRACE : seconds) * NSEC_PER_SEC);
}

static inline uint64_t free_observe_ns(double seconds)
{
	return (uint64_t)((seconds < 0 ? FREE_OBSERVE : seconds) * NSEC_PER_SEC);
}

/* Whether KILL follows. HUP, USR1 or STOP ask for no end, unless the user gives a time. */
static inline bool free_escalates(int signal, bool grace_given)
{
	return signal != SIGKILL && (signame_ends(signal) || grace_given);
}

/* free_run.c */
/* Ends who is in the plan, looks, ends who got hold of a socket meanwhile, looks... and then
 * what is left without a process, if that is wanted. due: of the look that made the plan. */
int free_end(struct free_run *r, size_t due);
void free_run_done(struct free_run *r);

/* free_query.c */
void free_facts(struct free_run *r);
/* Asks who has the ports, and adds to the plan; *ret_new: how many have to end. */
int free_query(struct free_run *r, size_t *ret_new);
/* Is this still the process of the plan, and does it still hold a socket in scope?
 * 1, 0, or a negative errno: not to be found out. */
int free_holds(struct free_run *r, const struct target *t);

/* free_wait.c */
int free_watch(struct free_run *r);
void free_unwatch(struct free_run *r);
/* Sleeps until `until_ns`, news about a socket, the end of a target that was signalled, or
 * a signal to us. True: something has changed about sockets. */
bool free_wait(struct free_run *r, uint64_t until_ns);
/* Did the user call it off? */
bool free_is_called_off(struct free_run *r);
/* Whether the user called it off or the time is up. Notes which. */
bool free_is_over(struct free_run *r);

/* free_kill.c */
int free_kill(struct free_run *r);

/* free_close.c */
int free_close(struct free_run *r);
int free_timewait(struct free_run *r);

#endif
