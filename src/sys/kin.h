/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kin: parents and children, and what ends with a process, by /proc of the one process asked for.
 * Only of the first process of a PID namespace the others are searched for.
 */
#ifndef SYS_KIN_H
#define SYS_KIN_H

#include <stddef.h>
#include <stdint.h>

#include "model/plan.h"

#define KIN_MAX_ANCESTORS 64

/* Our own parent, its parent, and so on; not PID 1. Returns how many. */
size_t kin_ancestors(uint32_t ret[KIN_MAX_ANCESTORS]);

/* Children, state and parent of a process; zeroes where it has ended, or is another by now. */
void kin_read(const struct process *p, struct plan_kin *ret);

#endif
