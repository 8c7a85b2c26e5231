// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's own tables, read in the kernel: every fd of every process (or of one, from
 * 6.1), the TCP and UDP tables of the reader's network namespace, and our map of sockets.
 * The reader's wishes are in the map `queries`.
 *
 * Seeding uses the same programs: what they meet goes into the maps instead of to the
 * reader, and never over what a hook has written meanwhile.
 */
#include "track.h"
#include "mptcp.h"
#include "waiters.h"
#include <bpf/bpf_tracing.h>

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

/* A socket older than the tracker. Its creator is not known. */
static __always_inline struct pw_sock *seed_socket(struct sock *sk, struct pw_sock *s)
{
	bool wanted = s->state == PW_LISTEN || s->state == PW_BOUND ||
		      (s->proto == PW_UDP && (s->flags & PW_F_EXPLICIT));
	__u64 key = (__u64)sk;
	struct pw_sock *e = bpf_map_lookup_elem(&sockets, &key);
	int err;

	if (e)
		return e;
	s->flags |= PW_F_SEEDED;
	/* Into the map first, in its place second: a hook that meets the entry in between
	 * finds it without a place and gives it one. */
	err = bpf_map_update_elem(&sockets, &key, s, BPF_NOEXIST);
	if (err) {
		e = bpf_map_lookup_elem(&sockets, &key);
		if (!e)
			refused(err);
		return e;
	}
	stat_add(PW_STAT_SOCKETS);
	e = bpf_map_lookup_elem(&sockets, &key);
	if (e && !(e->flags & (PW_F_INDEXED | PW_F_COUNTED)))
		port_enter(e, key, wanted);
	return e;
}

static __always_inline void seed_holder(struct pw_sock *e, const struct pw_actor *a)
{
	if (!(e->flags & PW_F_INDEXED))
		return;
	if (!e->user.tgid && !e->creator.tgid) {
		e->user = *a;
		e->kin = family_found(a, false);
	} else if (!member_get(a)) {
		family_add(a, e->kin);
	}
}

SEC("iter/task_file")
int walk_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket *socket;
	struct sock *sk;
	struct pw_rec rec;
	struct pw_query *q;
	struct pw_sock *e;
	__u32 level;

	if (!task || !file || file->f_inode->i_sb->s_magic != SOCKFS_MAGIC)
		return 0;
	bpf_core_read(&socket, sizeof(socket), &file->private_data);
	sk = (struct sock *)port_socket_of((__u64)socket);
	if (!sk || !sock_is_ours(false, sk) || !sock_lport(false, sk))
		return 0;
	q = query_of(&level);
	if (!q)
		return 0;
	__builtin_memset(&rec, 0, sizeof(rec));
	sock_read(false, sk, &rec.sock);
	sock_set_state(&rec.sock, sock_state(false, sk));
	if (!rec.sock.state || !query_wants(q, &rec.sock))
		return 0;
	actor_of(task, &rec.actor);
	if (q->flags & PW_Q_SEED) {
		e = seed_socket(sk, &rec.sock);
		if (e)
			seed_holder(e, &rec.actor);
		return 0;
	}
	rec.kind = PW_REC_HOLDER;
	sock_read_bind(sk, &rec.bind);
	rec.fd = ctx->fd;
	rec.sk = (__u64)sk;
	rec.inode = BPF_CORE_READ(file, f_inode, i_ino);
	rec.refs = fd_refs(file);
	rec.files = (__u64)BPF_CORE_READ(task, files);
	rec.table_users = BPF_CORE_READ(task, files, count.counter);
	rec.threads = BPF_CORE_READ(task, signal, live.counter);
	rec.pid = task_pid_at(task, level);
	rec.has_socket = 1;
	if (rec.sock.state == PW_LISTEN)
		rec.qlen = BPF_CORE_READ((struct inet_connection_sock *)sk,
					 icsk_accept_queue.qlen.counter);
	bpf_seq_write(ctx->meta->seq, &rec, sizeof(rec));
	return 0;
}

SEC("iter/task")
int walk_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct pw_rec rec;
	struct pw_self self;
	__u32 level;

	if (!task || task->pid != task->tgid)
		return 0;
	__builtin_memset(&rec, 0, sizeof(rec));
	self_of(task_current(), &self, &level);
	rec.kind = PW_REC_TASK;
	rec.pid = task_pid_at(task, level);
	rec.netns = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
	actor_of(task, &rec.actor);
	bpf_seq_write(ctx->meta->seq, &rec, sizeof(rec));
	return 0;
}

static __always_inline void tw_seen(struct pw_sock *s, __u8 substate, __u64 expires, bool seed)
{
	struct pw_port *p = port_get(PW_TCP, s->lport);
	struct pw_meta *m = meta_get();
	struct pw_tw *known, tw = {}; /* when it began is not known */
	struct pw_tw_key key;

	tw_key_of(&key, s);
	known = bpf_map_lookup_elem(&timewait, &key);
	if (known) {
		known->seen = m ? m->tw_pass : 0;
		known->substate = substate;
		return;
	}
	if (!seed)
		return;
	tw.family = s->family;
	tw.substate = substate;
	tw.side = side_of(s, p);
	bpf_map_update_elem(&timewait, &key, &tw, BPF_NOEXIST);
	if (m && expires > m->tw_seeded)
		m->tw_seeded = expires;
	if (p)
		p->last_tw_ns = bpf_ktime_get_boot_ns();
}

SEC("iter/tcp")
int dump_tcp(struct bpf_iter__tcp *ctx)
{
	struct sock_common *common = ctx->sk_common;
	struct inet_timewait_sock *tw;
	struct pw_query *q;
	struct pw_rec rec;
	struct sock *sk;
	__u32 level;
	__u8 state;

	if (!common)
		return 0;
	q = query_of(&level);
	if (!q)
		return 0;
	state = common->skc_state;
	if ((q->flags & PW_Q_TW_MARK) && state != PW_TIME_WAIT)
		return 0;
	__builtin_memset(&rec, 0, sizeof(rec));
	rec.kind = PW_REC_TCP;
	rec.sock.proto = PW_TCP;
	if (state == PW_TIME_WAIT) {
		tw = (void *)common;
		sock_read_common(false, common, &rec.sock);
		rec.sock.state = BPF_CORE_READ(tw, tw_substate);
		if (!query_wants(q, &rec.sock))
			return 0;
		if (q->flags & (PW_Q_TW_MARK | PW_Q_SEED)) {
			tw_seen(&rec.sock, rec.sock.state, BPF_CORE_READ(tw, tw_timer.expires),
				q->flags & PW_Q_SEED);
			return 0;
		}
		rec.jiffies = bpf_jiffies64();
		rec.expires = timer_runs(BPF_CORE_READ(tw, tw_timer.expires),
					 BPF_CORE_READ(tw, tw_timer.flags)) -
			      rec.jiffies;
		rec.bind.known = 1;
		bucket_read(BPF_CORE_READ(tw, tw_tb), &rec.bind);
	} else if (state == PW_NEW_SYN_RECV) {
		if (q->flags & PW_Q_SEED)
			return 0;
		sock_read_common(false, common, &rec.sock);
		rec.sock.state = PW_SYN_RECV;
	} else {
		sk = (void *)common;
		rec.has_socket = sock_has_socket(false, sk);
		if ((q->flags & PW_Q_TW_ONLY) && rec.has_socket)
			return 0;
		sock_read(false, sk, &rec.sock);
		sock_read_bind(sk, &rec.bind);
		sock_set_state(&rec.sock, state);
		rec.sk = (__u64)sk;
		if (!rec.has_socket)
			rec.sock.flags |= PW_F_RELEASED;
		if ((q->flags & PW_Q_SEED) && rec.sock.state) {
			/* Nobody's fd yet or any more: an orphan, or waiting for accept(). */
			if (state == PW_ESTABLISHED || state == PW_CLOSE_WAIT || rec.has_socket)
				rec.sock.flags &= ~PW_F_RELEASED;
			seed_socket(sk, &rec.sock);
			return 0;
		}
	}
	if (!rec.sock.lport || !query_wants(q, &rec.sock))
		return 0;
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

	if (!sk)
		return 0;
	q = query_of(&level);
	if (!q)
		return 0;
	__builtin_memset(&rec, 0, sizeof(rec));
	rec.kind = PW_REC_UDP;
	rec.sk = (__u64)sk;
	sock_read(false, sk, &rec.sock);
	sock_read_bind(sk, &rec.bind);
	if (rec.sock.proto != PW_UDP) /* UDP-Lite shares the iterator */
		return 0;
	sock_set_state(&rec.sock, sock_state(false, sk));
	rec.has_socket = sock_has_socket(false, sk);
	if (q->flags & PW_Q_SEED) {
		if (rec.sock.state)
			seed_socket(sk, &rec.sock);
		return 0;
	}
	if (!rec.sock.state || !query_wants(q, &rec.sock))
		return 0;
	bpf_seq_write(ctx->meta->seq, &rec, sizeof(rec));
	return 0;
}

/*
 * Our entries, each completed by what the kernel's socket says now: ports chosen since,
 * peers of connected UDP sockets, states. A socket that went without our hearing of it shows
 * another cookie or no reference: its entry goes, too.
 */
/* Told by the kernel's socket; by the entry what the kernel does not know. */
static __always_inline void complete(struct pw_sock *now, const struct pw_sock *entry, __u8 state)
{
	const __u32 options = PW_F_REUSEADDR | PW_F_REUSEPORT | PW_F_V6ONLY | PW_F_KERNEL;

	now->flags = (entry->flags & ~options) | (now->flags & options);
	if (entry->cookie)
		now->cookie = entry->cookie;
	now->since_ns = entry->since_ns;
	now->listen_ns = entry->listen_ns;
	now->kin = entry->kin;
	now->creator = entry->creator;
	now->user = entry->user;
	now->slot = entry->slot;
	now->state = state;
}

SEC("iter/bpf_map_elem")
int dump_sockets(struct bpf_iter__bpf_map_elem *ctx)
{
	__u64 *key = ctx->key;
	struct pw_sock *value = ctx->value, *e;
	struct pw_query *q;
	struct pw_rec rec;
	struct sock *sk;
	__u32 level;
	__u8 state;

	if (!key || !value)
		return 0;
	q = query_of(&level);
	if (!q)
		return 0;
	/* Its port may be one of those asked for only by now. */
	if ((q->proto && q->proto != value->proto) || (value->lport && !query_wants(q, value)))
		return 0;
	__builtin_memset(&rec, 0, sizeof(rec));
	rec.kind = PW_REC_ENTRY;
	rec.sk = *key;
	sk = (void *)rec.sk;
	sock_read(false, sk, &rec.sock);
	sock_set_state(&rec.sock, sock_state(false, sk));
	state = rec.sock.state;
	if (!entry_is(value, rec.sock.cookie) || rec.sock.proto != value->proto ||
	    !BPF_CORE_READ(sk, __sk_common.skc_refcnt.refs.counter)) {
		/* Not the element: it may be another socket's by now. */
		e = bpf_map_lookup_elem(&sockets, &rec.sk);
		if (e && (!entry_is(e, sock_cookie_field(false, sk)) ||
			  !BPF_CORE_READ(sk, __sk_common.skc_refcnt.refs.counter))) {
			entry_drop(e, sk);
			stat_add(PW_STAT_REPAIRED);
		}
		return 0;
	}
	/* TCP's ports are left to the hooks: we may be looking at a socket that another CPU is just
	 * closing, and two that take it from its place count it twice. */
	e = value->proto == PW_UDP && (!state || value->lport != rec.sock.lport) ?
		    bpf_map_lookup_elem(&sockets, &rec.sk) :
		    0;
	if (state) {
		if (e)
			entry_port(e, sk, sock_lport(false, sk), false);
		complete(&rec.sock, value, state);
		sock_read_bind(sk, &rec.bind);
		rec.has_socket = sock_has_socket(false, sk);
	} else if (has_place(value)) {
		/* UDP gives a port of the kernel's choice back at connect(AF_UNSPEC). */
		if (e) {
			port_leave(e);
			e->lport = 0;
		}
		return 0;
	} else {
		__builtin_memcpy(&rec.sock, value, sizeof(rec.sock));
	}
	if ((q->flags & PW_Q_SWEEP) || !rec.sock.lport || !query_wants(q, &rec.sock))
		return 0;
	bpf_seq_write(ctx->meta->seq, &rec, sizeof(rec));
	return 0;
}

/* End of TIME-WAIT by comparison: what the last pass over iter/tcp has not met is gone. */
SEC("iter/bpf_map_elem")
int sweep_timewait(struct bpf_iter__bpf_map_elem *ctx)
{
	struct pw_tw_key *key = ctx->key, copy;
	struct pw_tw *tw = ctx->value;
	struct pw_meta *m = meta_get();

	if (!key || !tw || !m)
		return 0;
	if (tw->seen >= m->tw_pass)
		return 0;
	__builtin_memcpy(&copy, key, sizeof(copy));
	if (tw_gone(as_number(&copy), PW_EF_ESTIMATED))
		stat_add_atomic(PW_STAT_TW_LEFT);
	return 0;
}

/*
 * Run by hand (BPF_PROG_TEST_RUN): does this struct sock still occupy this port? The hooks of
 * release come before the kernel gives the port back, by as long as it takes to reset the
 * connections that a listener leaves behind.
 */
SEC("raw_tp")
int holds_port(__u64 *args)
{
	struct sock *sk = (void *)args[0];
	__u64 cookie = sock_cookie_field(false, sk);

	return sock_lport(false, sk) == (__u16)args[1] &&
	       (!args[2] || !cookie || cookie == args[2]) &&
	       BPF_CORE_READ(sk, __sk_common.skc_refcnt.refs.counter) > 0;
}
