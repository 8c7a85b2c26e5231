/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two copies of a program on one hook, so that no state change is lost.
 *
 * The kernel skips a program that is already running on the same CPU. A state change in softirq
 * that interrupts the program in the middle of another socket's change would be lost (FIN_WAIT2,
 * CLOSE). So each hook of state.bpf.c has two copies, which the kernel calls one after the other.
 * The first copy takes a change unless it was skipped; the second takes what the first has not
 * taken. A copy notes beforehand which change it takes. If a softirq then overwrites this note, the
 * entry tells whether there is still something to be done (on_state()). Kprobes allow no second
 * copy.
 */
#ifndef COPIES_H
#define COPIES_H

#include "entry.h"
#include "maps.h"

/* Take a change. Return false if the other copy has taken it. A change that the first copy has
 * taken and the second has not seen is one that the second was skipped for, at no loss. */
static __always_inline bool take(struct sock *sk, int state, const __u32 copy)
{
	__u32 zero = 0;
	struct taken *last = bpf_map_lookup_elem(&last_taken, &zero);

	if (!last)
		return true;
	if (last->sk == (__u64)sk && last->state == (__u32)state) {
		last->sk = 0;
		return false;
	}
	if (copy == 1 && last->sk && last->copy == 1)
		stat_add(PW_STAT_NESTED);
	last->sk = (__u64)sk;
	last->state = state;
	last->copy = copy;
	barrier();
	return true;
}

/* Whether the change is made already: the other copy may have been interrupted after it took the
 * change, and was not skipped then. */
static __always_inline bool is_done(struct sock *sk, int state)
{
	struct pw_sock *e = entry_get(sk);

	if (!e)
		return state == PW_CLOSE;
	return e->state == state || (state == PW_CLOSE && e->state == PW_BOUND);
}

#endif
