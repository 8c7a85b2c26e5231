/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * preempt: whether this kernel may take the processor from a process in the middle of the kernel's
 * code (CONFIG_PREEMPT, CONFIG_PREEMPT_LAZY, the boot parameter preempt=).
 */
#ifndef SYS_PREEMPT_H
#define SYS_PREEMPT_H

#include <stdbool.h>

/* The kernel's own word: /sys/kernel/debug/sched/preempt (sched_dynamic_show, kernel/sched/), else
 * `uname -v`. True if neither tells. Root can change it at any time. */
bool preempt_is_possible(void);

#endif
