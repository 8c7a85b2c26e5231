/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The question that a program of this folder answers. An iterator finds it in the map `queries`;
 * a program that is run by hand has it as its context (struct pw_ask).
 */
#ifndef QUESTION_H
#define QUESTION_H

#include "maps.h"
#include "task.h"

/* level: how deep the PID namespace of the asking process lies. */
static __always_inline struct pw_query *query_of(__u32 *level)
{
	struct pw_self self;

	self_of(task_current(), &self, level);
	return bpf_map_lookup_elem(&queries, &self);
}

static __always_inline bool query_wants(const struct pw_query *q, const struct pw_sock *s)
{
	if (q->proto && q->proto != s->proto)
		return false;
	return !(q->flags & PW_Q_PORTS) ||
	       (q->ports[(s->lport >> 6) & 1023] & (1ull << (s->lport & 63)));
}

/* Without a branch per port, which the verifier would follow: a port that is the one asked for
 * differs by nothing, and one less than nothing has the highest bit. */
static __always_inline bool ask_wants(const struct pw_ask *ask, const struct pw_sock *s)
{
	__u64 found = 0;

	if (ask->proto && ask->proto != s->proto)
		return false;
	if (!(ask->flags & PW_Q_PORTS))
		return true;
#pragma clang loop unroll(full)
	for (int i = 0; i < PW_ASK_PORTS; i++) {
		found |= (__u64)(ask->ports[i] ^ s->lport) - 1;
		barrier_var(found);
	}
	return s->lport && found >> 63;
}

/* The context holds numbers: copied as such, for context memory allows no other loads. */
static __always_inline void ask_read(struct pw_ask *ask, const __u64 *ctx)
{
	__u64 *to = (__u64 *)ask;

#pragma clang loop unroll(full)
	for (__u32 i = 0; i < sizeof(*ask) / sizeof(*to); i++)
		to[i] = ctx[i];
}

#endif
