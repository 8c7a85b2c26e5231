/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Families: the processes in which holders are looked for first. A process that binds or listens
 * founds a family; the children of a member join it, and so does a process that is handed a
 * descriptor. Members are found without a scan through {family, number}, also when the founder has
 * gone. A family is a hint only: answers are verified against the kernel.
 */
#ifndef FAMILY_H
#define FAMILY_H

#include "cmdline.h"

#define MEMBER_TRIES 16

static __always_inline struct pw_proc *member_get(const struct pw_actor *a)
{
	struct pw_proc *p = bpf_map_lookup_elem(&procs, &a->tgid);

	return p && p->start_ns == a->start_ns ? p : 0;
}

static __always_inline void family_left(__u32 tgid)
{
	struct pw_proc *p = bpf_map_lookup_elem(&procs, &tgid);
	struct pw_member_key key = {};
	struct pw_family *f;

	if (!p)
		return;
	key.family = p->family;
	key.nr = p->member_nr;
	bpf_map_delete_elem(&members, &key);
	f = bpf_map_lookup_elem(&families, &key.family);
	if (f && key.nr < f->next)
		f->next = key.nr;
	bpf_map_delete_elem(&procs, &tgid);
}

/* Add a process to a family. A process that is a member already stays what it is. */
static __always_inline void family_join(__u64 family, const struct pw_actor *a,
					const struct pw_cmdline_key *cmdline)
{
	struct pw_family *f = bpf_map_lookup_elem(&families, &family);
	struct pw_member_key key = { .family = family };
	struct pw_proc p = { .start_ns = a->start_ns, .family = family, .cmdline = *cmdline };

	if (!f)
		return;
#pragma clang loop unroll(disable)
	for (int i = 0; i < MEMBER_TRIES; i++) {
		key.nr = (f->next + i) % PW_MAX_MEMBERS;
		if (bpf_map_update_elem(&members, &key, &a->tgid, BPF_NOEXIST))
			continue;
		p.member_nr = key.nr;
		if (bpf_map_update_elem(&procs, &a->tgid, &p, BPF_NOEXIST)) {
			bpf_map_delete_elem(&members, &key);
			return;
		}
		/* Lost in a race these cost a try or, with a member that is not seen, a walk. */
		f->next = key.nr + 1;
		if (f->high < f->next)
			f->high = f->next;
		return;
	}
	stat_add(PW_STAT_FAMILY_FULL);
}

/* Add a process that has a command line of its own. */
static __noinline __attribute__((unused)) int family_add(const struct pw_actor *a, __u64 family)
{
	struct pw_cmdline_key cmdline = {};

	if (!a)
		return 0;
	family_left(a->tgid); /* an earlier process of that number, whose end we missed */
	cmdline.start_ns = a->start_ns;
	cmdline.tgid = a->tgid;
	family_join(family, a, &cmdline);
	return 0;
}

/* Found a family, unless the process is in one: it has a socket that others may inherit. `here`: it
 * is the current process. Return the family. */
static __noinline __attribute__((unused)) __u64 family_found(const struct pw_actor *a, bool here)
{
	struct pw_family f = {};
	struct pw_proc *p;
	__u64 family;

	if (!a)
		return 0;
	p = member_get(a);
	if (p)
		return p->family;
	family = a->start_ns;
	bpf_map_update_elem(&families, &family, &f, BPF_NOEXIST);
	family_add(a, family);
	if (here)
		cmdline_read(a->start_ns, 0);
	return family;
}

#endif
