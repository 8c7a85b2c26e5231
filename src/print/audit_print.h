/* SPDX-License-Identifier: GPL-2.0-or-later */
/* audit_print: what `check` found, as text or JSON. */
#ifndef PRINT_AUDIT_PRINT_H
#define PRINT_AUDIT_PRINT_H

#include "model/audit.h"
#include "print/sink.h"

struct audit_report {
	uint64_t time_ns;
	size_t nr_sockets, nr_entries, nr_netns; /* compared */
	bool degraded;
	bool repair;		 /* was asked for */
	unsigned int uncompared; /* enum uncompared */
	const struct faults *faults;
};

/* To standard output, or wherever. 0 or the FILE's error. */
int audit_print(const struct out_opts *opts, const struct audit_report *r, FILE *out);

#endif
