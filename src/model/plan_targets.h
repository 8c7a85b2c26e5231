/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan_targets: which processes an answer adds to a plan. A process is told apart by its exact
 * start time; without one it is nobody.
 */
#ifndef MODEL_PLAN_TARGETS_H
#define MODEL_PLAN_TARGETS_H

#include "model/plan.h"

/* Add the processes of this answer that hold anything in scope, the oldest first. first: the plan
 * is empty, so nobody is a newcomer. 0 or -ENOMEM. */
int plan_add_targets(struct plan *p, const struct answer *a, const struct plan_facts *f,
		     bool first);

/* Return whether this process took a port after the plan was made: it is in none of its rows and
 * has a listening or bound socket that is in none of its rows. A process that has inherited a
 * planned socket as well is no newcomer. */
bool plan_is_newcomer(const struct plan *p, const struct answer *a, const struct pw_actor *id);

#endif
