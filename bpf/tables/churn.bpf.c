// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tell what occupies ports in the reader's network namespace, and for which process: TIME-WAIT
 * sockets, connections that this side made, listeners. The kernel's own table is read, so the
 * answer is true whatever the hooks have missed.
 *
 * There may be hundreds of thousands of sockets, so loads are plain wherever the verifier knows the
 * type.
 */
#include "sock.h"
#include "timewait.h"
#include <bpf/bpf_tracing.h>

/* Set by the loader: without a tracker there are no maps to ask. */
const volatile bool have_maps = false;

static __always_inline void copy_v6(struct pw_addr *to, struct in6_addr *from)
{
	__be32 *words = (__be32 *)to->b;

	words[0] = from->in6_u.u6_addr32[0];
	words[1] = from->in6_u.u6_addr32[1];
	words[2] = from->in6_u.u6_addr32[2];
	words[3] = from->in6_u.u6_addr32[3];
}

static __always_inline void fill_pair(struct pw_churn_rec *rec, struct sock_common *c)
{
	rec->family = c->skc_family;
	rec->pair.lport = c->skc_num;
	rec->pair.rport = bpf_ntohs(c->skc_dport);
	rec->pair.netns = c->skc_net.net->ns.inum;
	if (rec->family == AF_INET6) {
		copy_v6(&rec->pair.laddr, &c->skc_v6_rcv_saddr);
		copy_v6(&rec->pair.raddr, &c->skc_v6_daddr);
	} else {
		copy_v4(&rec->pair.laddr, c->skc_rcv_saddr);
		copy_v4(&rec->pair.raddr, c->skc_daddr);
	}
}

static __always_inline void fill_process(struct pw_churn_rec *rec, const struct pw_actor *a)
{
	rec->tgid = a->tgid;
	rec->start_ns = a->start_ns;
}

/* Take the process from the pair's owner, if a single process leaves all TIME-WAIT there. A socket
 * that may be older than the tracker is not asked about. */
static __always_inline bool fill_from_pair_owner(struct pw_churn_rec *rec, __u64 expires)
{
	struct pw_tw_key key = rec->pair;
	struct pw_pair_owner *accepted, *connected, *p;
	struct pw_meta *m = meta_get();

	if (!m || expires <= m->tw_seeded)
		return false;
	key.rport = 0;
	accepted = bpf_map_lookup_elem(&pair_owners, &key);
	key.rport = rec->pair.rport;
	key.lport = 0;
	connected = bpf_map_lookup_elem(&pair_owners, &key);
	p = accepted ?: connected;
	if (!p || (accepted && connected) ||
	    (p->mixed_until_ns && bpf_ktime_get_boot_ns() < p->mixed_until_ns))
		return false;
	rec->side = accepted ? PW_SIDE_ACCEPTED : PW_SIDE_CONNECTED;
	rec->tgid = p->tgid;
	rec->start_ns = p->start_ns;
	return true;
}

/* A bucket that only connect() has used has -1 in both. What else is in it keeps connect() away, to
 * whatever destination (__inet_hash_connect, net/ipv4/inet_hashtables.c). */
static __always_inline bool is_bound(struct inet_bind_bucket *tb)
{
	return tb && (BPF_CORE_READ(tb, fastreuse) >= 0 || BPF_CORE_READ(tb, fastreuseport) >= 0);
}

/* Fill in the facts that connect() looks at when it chooses a port. */
static __always_inline void fill_choice(struct pw_churn_rec *rec, struct sock_common *c)
{
	struct tcp_timewait_sock *tw = (void *)c;

	rec->stamps = BPF_CORE_READ(tw, tw_ts_recent_stamp) ? PW_STAMPS_KNOWN : PW_STAMPS_NONE;
	rec->own_port = is_bound(BPF_CORE_READ(tw, tw_sk.tw_tb));
}

static __always_inline void fill_timewait(struct pw_churn_rec *rec, struct sock_common *c)
{
	struct inet_timewait_sock *tw = (void *)c;
	__u64 expires = BPF_CORE_READ(tw, tw_timer.expires);
	struct pw_tw *known;

	rec->timewait = 1;
	rec->state = BPF_CORE_READ(tw, tw_substate);
	rec->jiffies = bpf_jiffies64();
	rec->ends = timer_runs(expires, BPF_CORE_READ(tw, tw_timer.flags)) - rec->jiffies;
	rec->expires = expires - rec->jiffies;
	/* There are few pairs, so they are in the cache: several times as fast as the socket. */
	if (!have_maps || fill_from_pair_owner(rec, expires))
		return;
	known = bpf_map_lookup_elem(&timewait, &rec->pair);
	if (!known)
		return;
	rec->since_ns = known->since_ns;
	rec->side = known->side;
	fill_process(rec, &known->actor);
}

/* A connection that was accepted shares its listener's port, and is of no interest unless its
 * process leaves it open though the peer has closed, or has closed its own half. */
static __always_inline bool is_wanted(const struct pw_churn_rec *rec)
{
	return rec->timewait || rec->side != PW_SIDE_ACCEPTED || rec->state == PW_CLOSE_WAIT ||
	       rec->state == PW_FIN_WAIT2;
}

static __always_inline void fill_live(struct pw_churn_rec *rec, struct sock_common *c)
{
	__u64 address = (__u64)c;
	struct pw_sock *e = have_maps ? bpf_map_lookup_elem(&sockets, &address) : 0;

	if (!e)
		return;
	rec->side = e->flags & PW_F_CONNECTED ? PW_SIDE_CONNECTED :
		    e->flags & PW_F_ACCEPTED  ? PW_SIDE_ACCEPTED :
						PW_SIDE_UNKNOWN;
	fill_process(rec, sock_owner(e));
}

SEC("iter/tcp")
int dump_churn(struct bpf_iter__tcp *ctx)
{
	struct sock_common *common = ctx->sk_common;
	struct pw_churn_rec rec = {};

	if (!common)
		return 0;
	rec.state = common->skc_state;
	if (rec.state == PW_NEW_SYN_RECV)
		return 0;
	fill_pair(&rec, common);
	if (rec.state == PW_TIME_WAIT)
		fill_timewait(&rec, common);
	else if (rec.state != PW_LISTEN)
		fill_live(&rec, common);
	if (rec.timewait && rec.side != PW_SIDE_ACCEPTED)
		fill_choice(&rec, common);
	else if (!rec.timewait)
		rec.own_port = is_bound(
			BPF_CORE_READ((struct inet_connection_sock *)common, icsk_bind_hash));
	if (!is_wanted(&rec))
		return 0;
	bpf_seq_write(ctx->meta->seq, &rec, sizeof(rec));
	return 0;
}
