/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fail: from an error to its one line on standard error and its exit status. Every
 * function prints and returns the status to end with:
 *
 *	r = tracker_load(&opts);
 *	if (r < 0)
 *		return fail_tracker(r);
 */
#ifndef CMD_FAIL_H
#define CMD_FAIL_H

#include "cmd/cmd.h"

/* Exit statuses, on which scripts rely: see "EXIT STATUS" in portwatch(1). */
enum {
	EXIT_YES = 0,
	EXIT_NO = 1, /* an answer: free, not free, timed out, a difference */
	EXIT_USAGE = 2,
	EXIT_PERMISSION = 3,
	EXIT_KERNEL = 4,
	EXIT_FAILED = 5, /* no answer: out of memory or descriptors, output not writable */
};

/* The status that an error ends with. */
int fail_status(int err);

/* "portwatch: MESSAGE: what the error means". */
int fail(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Wrong usage of a command (NULL: of the program), with the way to its help. */
int fail_usage(const struct command *c, const char *why);

/* Wrong usage, with what to type instead in the sentence: no more is needed. */
int fail_hint(const char *why);

/* The tracker's own reason, and which capabilities are missing if that is why. */
int fail_tracker(int err);

/* Writing to standard output. A closed pipe is no failure: quiet, EXIT_YES. */
int fail_output(int err);

#endif
