/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * relatives: parents and children, and what ends with a process, by /proc of the one process asked
 * for. Only of the first process of a PID namespace the others are searched for.
 */
#ifndef SYS_RELATIVES_H
#define SYS_RELATIVES_H

#include <stddef.h>
#include <stdint.h>

#include "model/plan.h"

#define RELATIVES_MAX_ANCESTORS 64

/* Our own parent, its parent, and so on; not PID 1. Returns how many. */
size_t relatives_ancestors(uint32_t ret[RELATIVES_MAX_ANCESTORS]);

/* Children, state and parent of a process; zeroes where it has ended, or is another by now. */
void relatives_read(const struct process *p, struct plan_relatives *ret);

#endif
