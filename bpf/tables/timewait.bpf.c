// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The end of TIME-WAIT by comparison, where no hook tells it: one pass over the kernel's sockets
 * marks the entries that it meets, and what the last pass has not met is gone.
 */
#include "seen.h"
#include "question.h"
#include <bpf/bpf_tracing.h>

SEC("iter/tcp")
int mark_timewait(struct bpf_iter__tcp *ctx)
{
	struct sock_common *common = ctx->sk_common;
	struct inet_timewait_sock *tw = (void *)common;
	struct pw_sock s = {};

	if (!common || common->skc_state != PW_TIME_WAIT)
		return 0;
	sock_read_common(false, common, &s);
	timewait_seen(&s, BPF_CORE_READ(tw, tw_substate));
	return 0;
}

static __always_inline void sweep_one(const struct pw_tw_key *key, const struct pw_tw *tw)
{
	struct pw_meta *m = meta_get();
	struct pw_tw_key copy;

	if (!m || tw->seen >= m->tw_pass)
		return;
	__builtin_memcpy(&copy, key, sizeof(copy));
	if (tw_gone(as_number(&copy), PW_EF_ESTIMATED))
		stat_add_atomic(PW_STAT_TW_LEFT);
}

static long sweep_element(struct bpf_map *map, struct pw_tw_key *key, struct pw_tw *tw, void *none)
{
	sweep_one(key, tw);
	return 0;
}

SEC("raw_tp")
int sweep_each(__u64 *ctx)
{
	__u32 none = 0;

	bpf_for_each_map_elem(&timewait, sweep_element, &none, 0);
	return 0;
}

SEC("iter/bpf_map_elem")
int sweep_timewait(struct bpf_iter__bpf_map_elem *ctx)
{
	struct pw_tw_key *key = ctx->key;
	struct pw_tw *tw = ctx->value;

	if (key && tw)
		sweep_one(key, tw);
	return 0;
}
