/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Families: the processes in which holders are looked for first. Who binds or
 * listens heads a family; whoever it forks joins. Members are found again without a
 * scan through {root, place}. A hint only: answers are verified against the kernel.
 */
#ifndef FAMILY_H
#define FAMILY_H

#include "maps.h"

#define KIN_TRIES 16

static __always_inline void family_found(const struct pw_actor *a)
{
	struct pw_proc p = {};

	p.start_ns = a->start_ns;
	p.root = a->tgid;
	__builtin_memcpy(p.comm, a->comm, sizeof(p.comm));
	bpf_map_update_elem(&procs, &a->tgid, &p, BPF_NOEXIST);
}

/* `root` may have gone: its family lives on as long as a member does. */
static __always_inline void family_join(__u32 root, const struct pw_actor *a)
{
	struct pw_proc *head = bpf_map_lookup_elem(&procs, &root);
	struct pw_kin_key key = { .root = root };
	struct pw_proc p = {};
	__u32 next = head ? head->nr_kin : (__u32)a->start_ns;

	if (root == a->tgid)
		return;
	p.start_ns = a->start_ns;
	p.root = root;
	__builtin_memcpy(p.comm, a->comm, sizeof(p.comm));
	for (int i = 0; i < KIN_TRIES; i++) {
		key.slot = (next + i) % PW_MAX_KIN;
		if (bpf_map_update_elem(&kin, &key, &a->tgid, BPF_NOEXIST))
			continue;
		p.slot = key.slot;
		if (bpf_map_update_elem(&procs, &a->tgid, &p, BPF_NOEXIST))
			bpf_map_delete_elem(&kin, &key);
		if (head)
			head->nr_kin = next + i + 1;
		return;
	}
	stat_add(PW_STAT_KIN_FULL);
}

static __always_inline void family_left(__u32 tgid)
{
	struct pw_proc *p = bpf_map_lookup_elem(&procs, &tgid);
	struct pw_kin_key key = {};

	if (!p)
		return;
	if (p->root != tgid) {
		key.root = p->root;
		key.slot = p->slot;
		bpf_map_delete_elem(&kin, &key);
	}
	bpf_map_delete_elem(&procs, &tgid);
}

#endif
