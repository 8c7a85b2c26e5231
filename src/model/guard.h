/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guard: which process must not be ended, and what frees its port properly instead. Judges one
 * target by itself; what follows for the others of a plan is plan.c's.
 */
#ifndef MODEL_GUARD_H
#define MODEL_GUARD_H

#include "model/target.h"

/* Give t its guard, the command instead, and its fate if it is left alone. 0 or -ENOMEM. */
int guard_judge(struct target *t, const struct answer *a, const struct plan_facts *f);

/* Why it is left alone: half a sentence for people, "it is PID 1". */
const char *guard_text(enum guard g);

const char *names_guard(enum guard g); /* "init": for scripts */

#endif
