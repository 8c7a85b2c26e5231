/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * free_job: what the user wants `free` to do, beside the ports: the signal, how long a
 * process may take, what is spared. Pure data, shared by all processes of the plan.
 */
#ifndef MODEL_FREE_JOB_H
#define MODEL_FREE_JOB_H

#include <stdbool.h>
#include <stdint.h>

struct free_job {
	int signal;
	uint64_t grace_ns;
	bool grace_given; /* by the user: it is waited for, whatever is known of the process */
	bool escalate;	  /* KILL after the grace time */
	bool dry_run;
	bool listening, close, timewait, strict;
	const char *clear_by; /* the user clears TIME-WAIT; NULL: by --timewait */
	bool from_tracker;
	bool timed_out, interrupted; /* why it ended early */
};

#endif
