/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * free_report: what `free` intends, and what came of it: a line per process and a line of
 * result per port, or one JSON document (docs/free.md).
 */
#ifndef PRINT_FREE_REPORT_H
#define PRINT_FREE_REPORT_H

#include <stdio.h>

#include "base/strbuf.h"
#include "model/free_job.h"
#include "model/plan.h"
#include "print/sink.h"

/* Print what became of a target; JSON waits for the end. 0 or the FILE's error. */
int free_report_target(FILE *out, const struct out_opts *opts, const struct free_job *job,
		       const struct target *t);

/* How the ports stand. With the plan complete, the JSON document. Flushes. */
int free_report_end(FILE *out, const struct out_opts *opts, const struct free_job *job,
		    const struct plan *p, uint64_t now_ns);

#endif
