/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guard_who: the options that say for whom a port is guarded. */
#ifndef CMD_GUARD_WHO_H
#define CMD_GUARD_WHO_H

#include "base/opt.h"
#include "model/portguard.h"

struct guard_who {
	struct pw_guard_who v[PW_GUARD_WHOS];
	size_t nr;
};

/* For a set of options of its own, with a struct guard_who. */
extern const struct opt guard_who_opts[];

/* Ask the kernel for the numbers of the programs among them. 0 or a negative errno for
 * fail_tracker(). */
int guard_who_ask(struct guard_who *w);

#endif
