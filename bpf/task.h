/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only reader of struct task_struct: who a process is, as it is told apart
 * from a later one of the same number, and as it knows itself.
 */
#ifndef TASK_H
#define TASK_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "portwatch.h"

static __always_inline struct task_struct *task_current(void)
{
	return (struct task_struct *)bpf_get_current_task();
}

static __always_inline void actor_of(struct task_struct *task, struct pw_actor *a)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);

	a->tgid = BPF_CORE_READ(task, tgid);
	a->start_ns = BPF_CORE_READ(leader, start_boottime);
	a->uid = BPF_CORE_READ(task, cred, euid.val);
	a->cgroup_id = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	/* The leader's name is the process's: a thread may call itself anything. */
	BPF_CORE_READ_STR_INTO(&a->comm, leader, comm);
}

/* Set by the loader, which tries: every program may ask for the current task with its type, so
 * that plain loads do; tracing programs may from 5.11 (3ca1032ab7ab). */
const volatile bool have_task_btf __weak = false;

/*
 * Read the current task by plain loads, if have_task_btf. Global, see emit.h: at each load of
 * a pointer the verifier searches all types of the kernel by name (see sock.h), and comes by these
 * once a program. It looks at a global function that nobody calls, too: hence the question.
 */
__weak __noinline __u64 current_start_ns(void)
{
	return have_task_btf ? bpf_get_current_task_btf()->group_leader->start_boottime : 0;
}

__weak __noinline __u32 current_euid(void)
{
	return have_task_btf ? bpf_get_current_task_btf()->cred->euid.val : 0;
}

__weak __noinline __u64 current_cgroup_id(void)
{
	return have_task_btf ? bpf_get_current_task_btf()->cgroups->dfl_cgrp->kn->id : 0;
}

/* Process context. */

static __always_inline void actor_of_current(struct pw_actor *a)
{
	struct task_struct *task = task_current(), *leader;

	if (!have_task_btf) {
		actor_of(task, a);
		return;
	}
	a->tgid = bpf_get_current_pid_tgid() >> 32;
	a->start_ns = current_start_ns();
	a->uid = current_euid();
	a->cgroup_id = current_cgroup_id();
	leader = BPF_CORE_READ(task, group_leader);
	BPF_CORE_READ_STR_INTO(&a->comm, leader, comm);
}

static __always_inline __u32 current_tgid(void)
{
	return bpf_get_current_pid_tgid() >> 32;
}

/* Number of a process in the PID namespace that lies `level` levels deep. */
static __always_inline __u32 task_pid_at(struct task_struct *task, __u32 level)
{
	struct pid *pid = BPF_CORE_READ(task, group_leader, thread_pid);
	struct upid *upid = &pid->numbers[0];
	int nr = 0;

	if (!pid || level > BPF_CORE_READ(pid, level))
		return 0;
	upid = (void *)upid + level * bpf_core_type_size(struct upid);
	bpf_core_read(&nr, sizeof(nr), &upid->nr);
	return nr;
}

static __always_inline void self_of(struct task_struct *task, struct pw_self *self, __u32 *level)
{
	struct pid *pid = BPF_CORE_READ(task, group_leader, thread_pid);
	struct upid *upid = &pid->numbers[0];
	struct pid_namespace *ns = 0;
	int nr = 0;

	self->pidns = 0;
	self->pid = 0;
	*level = 0;
	if (!pid)
		return;
	*level = BPF_CORE_READ(pid, level);
	upid = (void *)upid + *level * bpf_core_type_size(struct upid);
	bpf_core_read(&nr, sizeof(nr), &upid->nr);
	bpf_core_read(&ns, sizeof(ns), &upid->ns);
	self->pid = nr;
	self->pidns = BPF_CORE_READ(ns, ns.inum);
}

#endif
