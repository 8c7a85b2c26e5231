/* SPDX-License-Identifier: GPL-2.0-or-later */
/* churn_names: TIME-WAIT by the command name of who left it: each curl is a process of its own. */
#ifndef MODEL_CHURN_NAMES_H
#define MODEL_CHURN_NAMES_H

#include "model/churn_sort.h"

struct churn_name {
	const struct pw_actor *actor; /* of one of the processes; tgid 0: nobody knows who */
	size_t processes;
	uint64_t current;
	double rate;
};

/* In the order of a table, heaviest first. malloc'd, NULL: out of memory. */
struct churn_name *churn_sort_names(const struct churn *c, enum churn_order by, size_t *ret_nr);

#endif
