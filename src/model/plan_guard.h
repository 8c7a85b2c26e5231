/* SPDX-License-Identifier: GPL-2.0-or-later */
/* plan_guard: who must not be ended, and what to do instead. Part of plan.c. */
#ifndef MODEL_PLAN_GUARD_H
#define MODEL_PLAN_GUARD_H

#include "model/plan.h"

/* Decides on the targets from index `from` on. 0 or -ENOMEM. */
int plan_guard(struct plan *p, size_t from, const struct answer *a, const struct plan_facts *f);

#endif
