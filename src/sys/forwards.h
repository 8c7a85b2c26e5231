/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * forwards: does a process forward ports into other network namespaces, or run containers? Told by
 * what it holds and is part of (network namespaces, tun devices, its unit, its arguments).
 */
#ifndef SYS_FORWARDS_H
#define SYS_FORWARDS_H

#include "model/plan.h"

/* ret->yes is false where nothing speaks for it. */
void forwards_read(const struct process *p, struct plan_forwards *ret);

#endif
