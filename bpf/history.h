/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * History: the former owners of ports, and how they went. A reader joins two records: that of the
 * process that had the last descriptor of a bound or listening socket (`history`), and that of
 * every member of a family that ended (`exits`), because the process that made the socket may have
 * passed it on and gone long before.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include "family.h"
#include "sock.h"

/* include/linux/sched.h */
#define PF_EXITING 0x00000004
#define PF_KTHREAD 0x00200000

static __always_inline bool current_is_kernel(void)
{
	__u32 flags = have_task_btf ? bpf_get_current_task_btf()->flags :
				      BPF_CORE_READ(task_current(), flags);

	return flags & PF_KTHREAD;
}

/* The exit hook, of the last thread. Comes before the descriptors are closed. */
static __always_inline void exit_note(struct task_struct *task)
{
	__u32 tgid = BPF_CORE_READ(task, tgid);
	struct pw_proc *p = bpf_map_lookup_elem(&procs, &tgid);
	struct pw_exit_key key = { .tgid = tgid };
	struct pw_exit end = {};

	if (!p)
		return;
	key.start_ns = p->start_ns;
	end.end_ns = bpf_ktime_get_boot_ns();
	end.cmdline = p->cmdline;
	end.status = BPF_CORE_READ(task, exit_code);
	bpf_map_update_elem(&exits, &key, &end, BPF_ANY);
}

/* The current process has ended or is about to close its last descriptor of a port. */
static __always_inline void past_of_current(struct pw_past *past)
{
	struct task_struct *task = task_current();
	struct pw_exit_key key = {};
	struct pw_exit *end;
	struct pw_proc *p;

	actor_of(task, &past->actor);
	past->how = PW_HOW_CLOSED;
	past->cmdline.start_ns = past->actor.start_ns;
	past->cmdline.tgid = past->actor.tgid;
	if ((BPF_CORE_READ(task, flags) & PF_EXITING) &&
	    BPF_CORE_READ(task, signal, live.counter) <= 0) {
		past->how = PW_HOW_ENDED;
		/* exit() and signals end all threads with the same code */
		past->status = BPF_CORE_READ(task, exit_code);
		key.start_ns = past->actor.start_ns;
		key.tgid = past->actor.tgid;
		end = bpf_map_lookup_elem(&exits, &key);
		if (end)
			past->cmdline = end->cmdline;
		return;
	}
	p = member_get(&past->actor);
	if (p)
		past->cmdline = p->cmdline;
	else
		cmdline_read(past->actor.start_ns, 0);
}

/* Choose the number of a record: that of an older socket of the same process, else a free one, else
 * that of the oldest record. */
static __always_inline void past_choose(struct pw_past_key *key, const struct pw_past *past)
{
	__u64 oldest = ~0ull;
	struct pw_past *old;
	__u8 nr = 0;

#pragma clang loop unroll(disable)
	for (int i = 0; i < PW_MAX_PAST; i++) {
		key->nr = i;
		old = bpf_map_lookup_elem(&history, key);
		if (!old || actor_same(&old->actor, &past->actor))
			return;
		if (old->until_ns < oldest) {
			oldest = old->until_ns;
			nr = i;
		}
	}
	key->nr = nr;
}

#define TURN_TRIES 8

/* Take the user's next turn. Two CPUs do not take the same number: the map decides. */
static __always_inline bool turn_take(struct pw_turn *turn, const struct pw_past_key *key)
{
	__u32 none = 0, *next;

	bpf_map_update_elem(&next_turn, &turn->uid, &none, BPF_NOEXIST);
	next = bpf_map_lookup_elem(&next_turn, &turn->uid);
	if (!next)
		return false;
	turn->nr = *next;
#pragma clang loop unroll(disable)
	for (int i = 0; i < TURN_TRIES; i++) {
		if (!bpf_map_update_elem(&turns, turn, key, BPF_NOEXIST)) {
			*next = turn->nr + 1;
			return true;
		}
		turn->nr++;
	}
	return false;
}

/* Delete the oldest record of a user who has more than his share of the history. So a user who
 * opens and closes ports without pause pushes out his own records. Not done to root, whose services
 * are many. Global, with numbers, as below. */
__weak __noinline int history_turn(__u32 netns, __u32 port, __u32 proto, __u32 nr)
{
	struct pw_past_key key = { .netns = netns, .port = port, .proto = proto, .nr = nr };
	struct pw_past *past = bpf_map_lookup_elem(&history, &key);
	struct pw_past_key *old;
	struct pw_turn turn = {};

	stat_add(PW_STAT_PASTS);
	if (!past || !past->actor.uid)
		return 0;
	turn.uid = past->actor.uid;
	if (!turn_take(&turn, &key))
		return 0;
	turn.nr -= PW_USER_PASTS;
	old = bpf_map_lookup_elem(&turns, &turn);
	if (!old)
		return 0;
	key = *old;
	bpf_map_delete_elem(&turns, &turn);
	past = bpf_map_lookup_elem(&history, &key);
	if (past && past->actor.uid == turn.uid && !bpf_map_delete_elem(&history, &key))
		stat_add(PW_STAT_PASTS_OVER);
	return 0;
}

/* Process context. Record the owner of a socket in the port index, whose last descriptor goes.
 * Return 1 + the number of the record if it was no record of this user's before. Global, with a
 * number instead of a pointer, see emit.h. */
__weak __noinline int history_add(__u64 number)
{
	struct pw_sock *e = bpf_map_lookup_elem(&sockets, &number);
	struct sock *sk = (void *)number;
	struct pw_past_key key = {};
	struct pw_past past = {}, *old;
	struct net *net;
	bool is_new;

	if (!e || (e->flags & PW_F_KERNEL) || !e->lport)
		return 0;
	/* A port of the kernel's choice for a client's sake is nobody's. */
	if (sock_state(false, sk) != PW_LISTEN && !sock_keeps_port(false, sk))
		return 0;
	past.until_ns = bpf_ktime_get_boot_ns();
	past.since_ns = e->listen_ns ?: e->since_ns;
	past.creator = e->creator;
	if (current_is_kernel()) {
		past.how = PW_HOW_DROPPED;
		past.actor = *sock_owner(e);
		past.cmdline.start_ns = past.actor.start_ns;
		past.cmdline.tgid = past.actor.tgid;
	} else {
		past_of_current(&past);
	}
	net = BPF_CORE_READ(sk, __sk_common.skc_net.net);
	if (bpf_core_field_exists(net->net_cookie))
		past.netns_cookie = BPF_CORE_READ(net, net_cookie);
	key.netns = e->netns;
	key.port = e->lport;
	key.proto = e->proto;
	past_choose(&key, &past);
	old = bpf_map_lookup_elem(&history, &key);
	is_new = !old || old->actor.uid != past.actor.uid;
	bpf_map_update_elem(&history, &key, &past, BPF_ANY);
	return is_new ? 1 + key.nr : 0;
}

#endif
