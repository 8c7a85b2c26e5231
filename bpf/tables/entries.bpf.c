// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Our own map of sockets, whole: by one run over all elements (bpf_for_each_map_elem(), from 5.13,
 * 69c087ba6225), else by an iterator, which some kernels refuse.
 */
#include "entry_now.h"
#include "question.h"
#include "byhand.h"
#include <bpf/bpf_tracing.h>

struct each {
	struct pw_ask ask;
	__u32 nr;
};

/* Global: verified once, and not for each state of the loop. */
__weak __noinline int entry_report(struct each *each, __u64 key, struct pw_sock *value)
{
	struct pw_sock now = {};
	struct pw_rec *rec;
	bool is_used = false;

	if (!each || !value)
		return 0;
	if (!entry_now(key, value, &now, &is_used) || (each->ask.flags & PW_Q_SWEEP) ||
	    !ask_wants(&each->ask, &now))
		return 0;
	rec = record_next(&each->ask, &each->nr, key);
	if (!rec)
		return 0;
	rec->sock = now;
	entry_fill(rec, key, is_used);
	return 1;
}

static long each_entry(struct bpf_map *map, __u64 *key, struct pw_sock *value, struct each *each)
{
	/* An entry without a port may have got one that is asked for. */
	if ((each->ask.proto && each->ask.proto != value->proto) ||
	    (value->lport && !ask_wants(&each->ask, value)))
		return 0;
	entry_report(each, *key, value);
	return 0;
}

SEC("raw_tp")
int each_socket(__u64 *ctx)
{
	struct each each = {};

	ask_read(&each.ask, ctx);
	bpf_for_each_map_elem(&sockets, each_entry, &each, 0);
	return each.nr;
}

SEC("iter/bpf_map_elem")
int dump_sockets(struct bpf_iter__bpf_map_elem *ctx)
{
	__u64 *key = ctx->key;
	struct pw_sock *value = ctx->value;
	struct pw_query *q;
	struct pw_rec rec;
	bool is_used = false;
	__u32 level;

	q = key && value ? query_of(&level) : 0;
	if (!q || (q->proto && q->proto != value->proto) ||
	    (value->lport && !query_wants(q, value)))
		return 0;
	__builtin_memset(&rec, 0, sizeof(rec));
	if (!entry_now(*key, value, &rec.sock, &is_used) || (q->flags & PW_Q_SWEEP) ||
	    !query_wants(q, &rec.sock))
		return 0;
	entry_fill(&rec, *key, is_used);
	bpf_seq_write(ctx->meta->seq, &rec, sizeof(rec));
	return 0;
}
