/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity: is the process that calls bind() the allowed one? Everything is read of the current
 * task at this moment: fork, exec, a move to another cgroup and setns() leave nothing stale behind.
 */
#ifndef GUARD_IDENTITY_H
#define GUARD_IDENTITY_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define PRESERVE __attribute__((preserve_access_index))

struct cgroup_subsys_state___guard {
	struct cgroup_subsys_state___guard *parent;
} PRESERVE;

struct kernfs_node___guard {
	const char *name;
} PRESERVE;

/* `self` is the first member of a cgroup: a pointer to it is one to the cgroup. */
struct cgroup___guard {
	struct cgroup_subsys_state___guard self;
	struct kernfs_node___guard *kn;
	int level;
} PRESERVE;

struct css_set___guard {
	struct cgroup___guard *dfl_cgrp;
} PRESERVE;

struct super_block___guard {
	unsigned int s_dev;
} PRESERVE;

struct inode___guard {
	unsigned long i_ino;
	unsigned int i_generation;
	struct super_block___guard *i_sb;
} PRESERVE;

struct file___guard {
	struct inode___guard *f_inode;
} PRESERVE;

struct mm_struct___guard {
	struct file___guard *exe_file;
} PRESERVE;

struct fdtable___guard {
	unsigned int max_fds;
	struct file___guard **fd;
} PRESERVE;

struct files_struct___guard {
	struct fdtable___guard *fdt;
} PRESERVE;

struct kuid___guard {
	unsigned int val;
};

struct cred___guard {
	struct kuid___guard euid;
} PRESERVE;

struct task_struct___guard {
	const struct cred___guard *cred;
	struct mm_struct___guard *mm;
	struct css_set___guard *cgroups;
	struct files_struct___guard *files;
} PRESERVE;

static __always_inline struct task_struct___guard *current_task(void)
{
	return (struct task_struct___guard *)bpf_get_current_task();
}

/* The user whose rights the process has, as the initial user namespace numbers it. */
static __always_inline __u32 current_user(void)
{
	return BPF_CORE_READ(current_task(), cred, euid.val);
}

/* A longer name was cut: it has its last byte where a wanted one has had its NUL. */
static __always_inline bool is_equal(const char *name, const char *wanted)
{
	__u64 differ = 0;

#pragma unroll
	for (int i = 0; i < PW_GUARD_NAME / 8; i++)
		differ |= ((const __u64 *)name)[i] ^ ((const __u64 *)wanted)[i];
	return !differ;
}

/* A slice is a folder of systemd's that no process is in. len has the NUL in it. */
static __always_inline bool is_slice(const char *from, long len)
{
	char tail[8] = {};

	if (len < 8 || bpf_probe_read_kernel(tail, 7, from + len - 7))
		return false;
	return tail[0] == '.' && tail[1] == 's' && tail[2] == 'l' && tail[3] == 'i' &&
	       tail[4] == 'c' && tail[5] == 'e';
}

/* Keep the number in a register whose bounds the verifier sees: the compiler would shift a copy. */
static __always_inline const char *part_of(const struct pw_guard_who *who, __u64 index)
{
	asm volatile("%[index] &= %[mask]" : [index] "+r"(index) : [mask] "i"(PW_GUARD_PARTS - 1));
	return who->part[index];
}

enum { LEVEL_SLICE = 1, LEVEL_EQUAL = 2 };

/* Compare the name of a cgroup with a part of the alternative. Global, as its callers below:
 * the verifier looks at each once, which takes it a millisecond instead of a second. */
__noinline int guard_level(__u32 rule, __u32 index, __u64 cgroup, __u32 part)
{
	struct pw_guard_who_key key = { .rule = rule, .index = index };
	struct pw_guard_who *who = bpf_map_lookup_elem(&guard_whos, &key);
	const char *from = BPF_CORE_READ((struct cgroup___guard *)cgroup, kn, name);
	char name[PW_GUARD_NAME] __attribute__((aligned(8))) = {};
	long len = bpf_probe_read_kernel_str(name, sizeof(name), from);

	if (!who)
		return 0;
	return (is_slice(from, len) ? LEVEL_SLICE : 0) |
	       (is_equal(name, part_of(who, part)) ? LEVEL_EQUAL : 0);
}

static __always_inline struct cgroup___guard *parent_of(struct cgroup___guard *cg)
{
	return (struct cgroup___guard *)BPF_CORE_READ(cg, self.parent);
}

/*
 * The unit as systemd itself tells it from a path (cg_path_get_unit()): slices only above it, so
 * nobody has it who was given a part of the tree for himself.
 */
__noinline int guard_in_unit(__u32 rule, __u32 index)
{
	struct cgroup___guard *cg = BPF_CORE_READ(current_task(), cgroups, dfl_cgrp);
	int level = BPF_CORE_READ(cg, level), is = 0, what;

	for (int i = 0; i < PW_GUARD_DEPTH && level > 0; i++, level--) {
		what = guard_level(rule, index, (__u64)cg, 0);
		if (!(what & LEVEL_SLICE))
			is = what & LEVEL_EQUAL;
		cg = parent_of(cg);
	}
	return is && !level;
}

__noinline int guard_in_cgroup(__u32 rule, __u32 index, __u32 depth)
{
	struct cgroup___guard *cg = BPF_CORE_READ(current_task(), cgroups, dfl_cgrp);
	int level = BPF_CORE_READ(cg, level);

	if (level < (int)depth)
		return 0;
	for (int i = 0; i < PW_GUARD_DEPTH && level > 0; i++, level--) {
		if (level <= (int)depth &&
		    !(guard_level(rule, index, (__u64)cg, (__u32)level - 1) & LEVEL_EQUAL))
			return 0;
		cg = parent_of(cg);
	}
	return !level;
}

static __always_inline void inode_read(struct inode___guard *inode, __u64 *ret_inode,
				       __u64 *ret_device, __u64 *ret_generation)
{
	*ret_inode = BPF_CORE_READ(inode, i_ino);
	*ret_device = BPF_CORE_READ(inode, i_sb, s_dev);
	*ret_generation = BPF_CORE_READ(inode, i_generation);
}

static __always_inline bool is_program(const struct pw_guard_who *who)
{
	struct inode___guard *inode = BPF_CORE_READ(current_task(), mm, exe_file, f_inode);
	__u64 ino, device, generation;

	if (!inode)
		return false;
	inode_read(inode, &ino, &device, &generation);
	return ino == who->id && device == who->device && generation == who->generation;
}

/* A place once found is remembered: no cgroup is ever moved or renamed, and no id given again. */
static __always_inline bool is_at(struct pw_guard_who *who, __u32 rule, __u32 index)
{
	__u64 id = bpf_get_current_cgroup_id();

	if (id && who->seen == id)
		return true;
	if (!(who->kind == PW_GUARD_UNIT ? guard_in_unit(rule, index) :
					   guard_in_cgroup(rule, index, who->depth)))
		return false;
	who->seen = id;
	return true;
}

static __always_inline bool is_allowed(struct pw_guard_who *who, __u32 rule, __u32 index)
{
	switch (who->kind) {
	case PW_GUARD_UNIT:
	case PW_GUARD_CGROUP:
	case PW_GUARD_CONTAINER:
		return is_at(who, rule, index);
	case PW_GUARD_USER:
		return current_user() == who->id;
	case PW_GUARD_EXE:
		return is_program(who);
	}
	return false;
}

#endif
