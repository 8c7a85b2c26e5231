/* SPDX-License-Identifier: GPL-2.0-or-later */
/* free_face: what free tells and asks while it works: the plan before, each end as it comes. */
#ifndef CMD_FREE_FACE_H
#define CMD_FREE_FACE_H

#include "flow/free.h"
#include "print/sink.h"

struct free_printed {
	struct out_opts out;
	bool interactive;
	bool silent; /* -q, and --pids, which prints something else */
};

/* The face refers to what is given, which must stay. */
struct free_face free_face(struct free_printed *p);

#endif
