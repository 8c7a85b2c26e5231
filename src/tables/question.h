/* SPDX-License-Identifier: GPL-2.0-or-later */
/* question: what is asked of the kernel's tables, whichever way it is answered. */
#ifndef TABLES_QUESTION_H
#define TABLES_QUESTION_H

#include <stdbool.h>
#include <stdint.h>

#include "portwatch.h"

struct question {
	const uint64_t *ports; /* [1024]: bit per local port, host order; NULL: every port */
	uint8_t proto;	       /* PW_TCP, PW_UDP; 0: both */
	uint32_t pid;	       /* holders: only of this process, as our PID namespace numbers it */
	bool small;	       /* only what has no struct socket: TIME-WAIT, requests, orphans */
	bool sweep;	       /* our own map: only remove what is no longer there */
};

/* Takes a record; 0, or a negative errno that ends the reading. */
typedef int (*rec_fn)(void *arg, const struct pw_rec *rec);

#endif
