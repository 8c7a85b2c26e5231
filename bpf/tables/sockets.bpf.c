// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's tables of TCP and UDP sockets in the network namespace that the iterator is opened
 * in, with what a later bind() to their ports depends on.
 */
#include "queue.h"
#include "question.h"
#include "sock.h"
#include "timer.h"
#include <bpf/bpf_tracing.h>

static __always_inline bool fill_timewait(struct pw_rec *rec, struct sock_common *common)
{
	struct inet_timewait_sock *tw = (void *)common;

	sock_read_common(false, common, &rec->sock);
	rec->timewait = 1;
	rec->sock.state = BPF_CORE_READ(tw, tw_substate);
	rec->jiffies = bpf_jiffies64();
	rec->expires =
		timer_runs(BPF_CORE_READ(tw, tw_timer.expires), BPF_CORE_READ(tw, tw_timer.flags)) -
		rec->jiffies;
	rec->bind.known = 1;
	bucket_read(BPF_CORE_READ(tw, tw_tb), &rec->bind);
	return true;
}

static __always_inline bool fill_request(struct pw_rec *rec, struct sock_common *common)
{
	sock_read_common(false, common, &rec->sock);
	rec->sock.state = PW_SYN_RECV;
	return true;
}

/* Read the inode number that descriptors lead to: sock_i_ino, net/core/sock.c. */
static __always_inline __u64 inode_of(struct sock *sk)
{
	struct socket_alloc *alloc = (struct socket_alloc *)BPF_CORE_READ(sk, sk_socket);

	return alloc ? BPF_CORE_READ(alloc, vfs_inode.i_ino) : 0;
}

static __always_inline bool fill_socket(struct pw_rec *rec, struct sock *sk, bool small)
{
	rec->has_socket = sock_has_socket(sk);
	if (small && rec->has_socket)
		return false;
	sock_read(false, sk, &rec->sock);
	sock_read_bind(sk, &rec->bind);
	sock_set_state(&rec->sock, sock_state(false, sk));
	queue_read(sk, rec);
	rec->sk = (__u64)sk;
	rec->inode = inode_of(sk);
	if (!rec->has_socket)
		rec->sock.flags |= PW_F_RELEASED;
	return true;
}

SEC("iter/tcp")
int dump_tcp(struct bpf_iter__tcp *ctx)
{
	struct sock_common *common = ctx->sk_common;
	struct pw_query *q;
	struct pw_rec rec;
	bool is_shown;
	__u32 level;
	__u8 state;

	q = common ? query_of(&level) : 0;
	if (!q)
		return 0;
	__builtin_memset(&rec, 0, sizeof(rec));
	rec.kind = PW_REC_TCP;
	rec.sock.proto = PW_TCP;
	state = common->skc_state;
	if (state == PW_TIME_WAIT)
		is_shown = fill_timewait(&rec, common);
	else if (state == PW_NEW_SYN_RECV)
		is_shown = fill_request(&rec, common);
	else
		is_shown = fill_socket(&rec, (void *)common, q->flags & PW_Q_TW_ONLY);
	if (is_shown && rec.sock.lport && query_wants(q, &rec.sock))
		bpf_seq_write(ctx->meta->seq, &rec, sizeof(rec));
	return 0;
}

SEC("iter/udp")
int dump_udp(struct bpf_iter__udp *ctx)
{
	struct sock *sk = (void *)ctx->udp_sk;
	struct pw_query *q;
	struct pw_rec rec;
	__u32 level;

	q = sk ? query_of(&level) : 0;
	if (!q)
		return 0;
	__builtin_memset(&rec, 0, sizeof(rec));
	rec.kind = PW_REC_UDP;
	fill_socket(&rec, sk, false);
	rec.sock.flags &= ~PW_F_RELEASED;
	if (rec.sock.proto != PW_UDP) /* UDP-Lite shares the iterator */
		return 0;
	if (rec.sock.state && query_wants(q, &rec.sock))
		bpf_seq_write(ctx->meta->seq, &rec, sizeof(rec));
	return 0;
}
