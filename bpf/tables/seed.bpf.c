// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Put the sockets that are older than the hooks into the maps, never over an entry that a hook has
 * written meanwhile. Iterators find them, and the walk finds sockets with descriptors.
 */
#include "family.h"
#include "seen.h"
#define WALK(name) seed_walk_##name
#include "walk.h"
#include <bpf/bpf_tracing.h>

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
	/* Put the entry into the map first and into the port index second. A hook that meets it
	 * in between finds it outside the index and enters it. */
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

static __always_inline void seed_holder(struct pw_sock *e, struct task_struct *task)
{
	struct pw_actor a;

	if (!(e->flags & PW_F_INDEXED))
		return;
	actor_of(task, &a);
	if (!e->user.tgid && !e->creator.tgid) {
		e->user = a;
		e->family_id = family_found(&a, false);
	} else if (!member_get(&a)) {
		family_add(&a, e->family_id);
	}
}

static __always_inline struct pw_sock *seed(struct sock *sk)
{
	struct pw_sock s = {};

	sock_read(false, sk, &s);
	sock_set_state(&s, sock_state(false, sk));
	return s.state ? seed_socket(sk, &s) : 0;
}

/* Not inline: the walk's frames leave little stack. */
static __noinline int seed_descriptor(struct task_struct *task, struct sock *sk)
{
	struct pw_sock *e = seed(sk);

	if (e && task)
		seed_holder(e, task);
	return 0;
}

SEC("iter/task_file")
int seed_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct sock *sk;

	if (!task || !file || file->f_inode->i_sb->s_magic != SOCKFS_MAGIC)
		return 0;
	sk = holder_socket(file);
	if (sk)
		seed_descriptor((void *)as_number(task), sk);
	return 0;
}

static void walk_task(struct walk *w, struct task_struct *task)
{
}

static void walk_found(struct walk *w, struct task_struct *task, struct file *file, struct sock *sk,
		       __u32 fd)
{
	/* No reference is held: a socket that is just closed is removed by the sweep that follows.
	 */
	seed_descriptor(task, sk);
}

SEC("raw_tp")
int seed_walk(__u64 *ctx)
{
	struct walk w = {};

	return walk_all(&w, ctx);
}

static __always_inline void seed_timewait(struct sock_common *common)
{
	struct inet_timewait_sock *tw = (void *)common;
	__u64 expires = BPF_CORE_READ(tw, tw_timer.expires);
	struct pw_tw new = {}; /* when it began is not known */
	struct pw_sock s = {};
	struct pw_tw_key key;
	struct pw_meta *m;
	struct pw_port *p;

	sock_read_common(false, common, &s);
	s.state = BPF_CORE_READ(tw, tw_substate);
	if (timewait_seen(&s, s.state))
		return;
	p = port_get(PW_TCP, s.lport);
	new.family = s.family;
	new.substate = s.state;
	new.side = side_of(&s, p);
	tw_key_of(&key, &s);
	bpf_map_update_elem(&timewait, &key, &new, BPF_NOEXIST);
	m = meta_get();
	if (m && expires > m->tw_seeded)
		m->tw_seeded = expires;
	if (p)
		p->last_tw_ns = bpf_ktime_get_boot_ns();
}

/* Orphans too, and what waits for accept(): only of the latter's state will more be heard. */
static __always_inline void seed_full(struct sock *sk)
{
	struct pw_sock s = {};

	sock_read(false, sk, &s);
	sock_set_state(&s, sock_state(false, sk));
	if (!s.state)
		return;
	if (!sock_has_socket(sk) && s.state != PW_ESTABLISHED && s.state != PW_CLOSE_WAIT)
		s.flags |= PW_F_RELEASED;
	seed_socket(sk, &s);
}

SEC("iter/tcp")
int seed_tcp(struct bpf_iter__tcp *ctx)
{
	struct sock_common *common = ctx->sk_common;

	if (!common || common->skc_state == PW_NEW_SYN_RECV)
		return 0;
	if (common->skc_state == PW_TIME_WAIT)
		seed_timewait(common);
	else
		seed_full((void *)as_number(common));
	return 0;
}

SEC("iter/udp")
int seed_udp(struct bpf_iter__udp *ctx)
{
	struct sock *sk = (void *)ctx->udp_sk;

	if (sk && sock_proto(false, sk) == PW_UDP)
		seed((void *)as_number(sk));
	return 0;
}
