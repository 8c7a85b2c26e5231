// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What occupies ports in the reader's network namespace, and for whom: every TIME-WAIT socket
 * with who left it, every connection that this side made, every listener. From the kernel's
 * own table, so it is true whatever the hooks have missed.
 */
#include "track.h"
#include <bpf/bpf_tracing.h>

static __always_inline void fill_process(struct pw_churn_rec *rec, const struct pw_actor *a)
{
	rec->tgid = a->tgid;
	rec->start_ns = a->start_ns;
}

static __always_inline void fill_timewait(struct pw_churn_rec *rec, struct sock_common *common,
					  const struct pw_sock *s)
{
	struct inet_timewait_sock *tw = (void *)common;
	struct pw_tw_key key;
	struct pw_tw *known;

	rec->timewait = 1;
	rec->state = BPF_CORE_READ(tw, tw_substate);
	rec->jiffies = bpf_jiffies64();
	rec->ends = timer_runs(tw) - rec->jiffies;
	rec->expires = BPF_CORE_READ(tw, tw_timer.expires) - rec->jiffies;
	tw_key_of(&key, s);
	known = bpf_map_lookup_elem(&timewait, &key);
	if (!known)
		return;
	rec->since_ns = known->since_ns;
	rec->side = known->side;
	fill_process(rec, &known->actor);
}

static __always_inline void fill_live(struct pw_churn_rec *rec, struct sock_common *common)
{
	__u64 address = (__u64)common;
	struct pw_sock *e = bpf_map_lookup_elem(&sockets, &address);

	if (!e)
		return;
	rec->side = e->flags & PW_F_CONNECTED ? PW_SIDE_CONNECTED :
		    e->flags & PW_F_ACCEPTED  ? PW_SIDE_ACCEPTED :
						PW_SIDE_UNKNOWN;
	fill_process(rec, e->user.tgid ? &e->user : &e->creator);
}

SEC("iter/tcp")
int dump_churn(struct bpf_iter__tcp *ctx)
{
	struct sock_common *common = ctx->sk_common;
	struct pw_churn_rec rec = {};
	struct pw_sock s = {};
	__u8 state;

	if (!common)
		return 0;
	state = common->skc_state;
	if (state == PW_NEW_SYN_RECV)
		return 0;
	sock_read_common(true, common, &s);
	rec.state = state;
	if (state == PW_TIME_WAIT)
		fill_timewait(&rec, common, &s);
	else if (state != PW_LISTEN)
		fill_live(&rec, common);
	if (!rec.timewait && rec.side == PW_SIDE_ACCEPTED)
		return 0; /* shares its listener's port */
	rec.laddr = s.laddr;
	rec.raddr = s.raddr;
	rec.netns = s.netns;
	rec.lport = s.lport;
	rec.rport = s.rport;
	rec.family = s.family;
	bpf_seq_write(ctx->meta->seq, &rec, sizeof(rec));
	return 0;
}
