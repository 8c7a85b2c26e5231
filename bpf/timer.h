/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Timers of the kernel's timer wheel. */
#ifndef TIMER_H
#define TIMER_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

/*
 * When a TIME-WAIT's timer runs: not at `expires`, but when the slot of the timer wheel that it
 * lies in comes round, for one of 60 s up to two seconds later (kernel/time/timer.c, calc_index;
 * the place in the wheel is in the upper ten bits of the flags, six of them for the slot).
 */
static __always_inline __u64 timer_runs(__u64 expires, __u32 flags)
{
	__u32 shift = (flags >> (22 + 6)) * 3;

	return ((expires >> shift) + 1) << shift;
}

#endif
