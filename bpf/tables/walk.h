/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every process and every descriptor, by following the kernel's own lists: no iterator, no kfunc
 * and no type from the kernel's BTF are needed, only bpf_loop() (5.17, e6f2dd0f8067) and
 * BPF_PROG_TEST_RUN of a raw tracepoint program (5.10). The run holds rcu_read_lock(), so what a
 * list leads to is not freed under it. It takes no reference: whatever is read of a file counts
 * only if the descriptor still leads to it afterwards.
 *
 * Whoever includes this defines what happens to a process and to a socket that was found, and
 * WALK(name), which gives global functions a name of their own in this file.
 */
#ifndef WALK_H
#define WALK_H

#include "question.h"
#include "holder.h"

/* More than there can be: PID_MAX_LIMIT (include/linux/threads.h), and descriptors of one table
 * (sysctl_nr_open_max, fs/file.c). */
#define MAX_STEPS (1 << 22)
#define MAX_FDS (1 << 23)

struct walk {
	struct pw_ask ask;
	__u32 level; /* of the caller's PID namespace */
	__u32 nr;    /* records so far */
	__u64 first; /* the process that the walk began with */
	__u64 process;
	__u64 thread; /* of this process; 0: it is the process's own turn */
	__u64 threads_end;
	__u64 owner; /* the process or thread whose table is looked at */
	__u64 table; /* struct files_struct */
	__u64 files; /* its struct file *[], and the bits of those that are open */
	__u64 open;
	__u64 bits; /* those at hand */
	__u32 fd;
	__u32 max_fds;
};

static void walk_task(struct walk *w, struct task_struct *task);
static void walk_found(struct walk *w, struct task_struct *task, struct file *file, struct sock *sk,
		       __u32 fd);

static __always_inline struct file *walk_file(const struct walk *w, __u32 fd)
{
	struct file *file = 0;

	bpf_probe_read_kernel(&file, sizeof(file), (struct file **)w->files + fd);
	return file;
}

/* One descriptor, or 64 that are closed. Global, like the next: verified once, and not for every
 * state that a loop may be in. Weak, so that no compiler concludes from what it returns. */
__weak __noinline int WALK(descriptor)(struct walk *w)
{
	struct file *file;
	struct sock *sk;
	__u32 fd;

	if (!w)
		return 1;
	fd = w->fd;
	if (fd >= w->max_fds)
		return 1;
	if (fd % 64 == 0) {
		w->bits = 0;
		bpf_probe_read_kernel(&w->bits, sizeof(w->bits), (__u64 *)w->open + fd / 64);
		if (!w->bits) {
			w->fd = fd + 64;
			return 0;
		}
	}
	w->fd = fd + 1;
	if (!(w->bits & 1ull << fd % 64))
		return 0;
	file = walk_file(w, fd);
	sk = file ? holder_socket(file) : 0;
	if (sk)
		walk_found(w, (struct task_struct *)w->owner, file, sk, fd);
	return 0;
}

static long walk_fd(__u32 i, struct walk *w)
{
	return WALK(descriptor)(w) != 0;
}

static __always_inline bool walk_wants(const struct walk *w, struct task_struct *task)
{
	return !w->ask.pid || task_pid_at(task, w->level) == w->ask.pid;
}

static __always_inline void next_process(struct walk *w)
{
	struct task_struct *task = (struct task_struct *)w->process;

	w->thread = 0;
	w->table = 0;
	w->process = (__u64)BPF_CORE_READ(task, tasks.next) -
		     bpf_core_field_offset(struct task_struct, tasks);
}

/* A thread may have a table of its own (unshare(CLONE_FILES)), and outlive the first thread. */
static __always_inline void begin_threads(struct walk *w, struct files_struct *files)
{
	struct task_struct *task = (struct task_struct *)w->process;
	struct signal_struct *signal = BPF_CORE_READ(task, signal);

	if (!signal || (files && BPF_CORE_READ(signal, nr_threads) < 2)) {
		next_process(w);
		return;
	}
	w->threads_end = (__u64)signal + bpf_core_field_offset(struct signal_struct, thread_head);
	w->thread = (__u64)BPF_CORE_READ(signal, thread_head.next);
}

/* The table to look at next, or NULL; the place in the lists moves on. */
static __always_inline struct files_struct *walk_on(struct walk *w)
{
	struct task_struct *task = (struct task_struct *)w->process;
	struct files_struct *files;

	if (w->thread) {
		if (w->thread == w->threads_end) {
			next_process(w);
			return 0;
		}
		task = (void *)(w->thread - bpf_core_field_offset(struct task_struct, thread_node));
		files = BPF_CORE_READ(task, files);
		w->owner = (__u64)task;
		w->thread = (__u64)BPF_CORE_READ(task, thread_node.next);
		if (!w->thread)
			next_process(w);
		return (__u64)files == w->table ? 0 : files;
	}
	if (!walk_wants(w, task)) {
		next_process(w);
		return 0;
	}
	if (w->ask.flags & PW_Q_TASKS) {
		walk_task(w, task);
		next_process(w);
		return 0;
	}
	files = BPF_CORE_READ(task, files);
	w->owner = (__u64)task;
	begin_threads(w, files);
	return files;
}

/* The table of descriptors of one process or thread, if it is one to look at. */
__weak __noinline int WALK(table)(struct walk *w)
{
	struct files_struct *files = w ? walk_on(w) : 0;
	struct fdtable *table;

	if (!files)
		return 0;
	table = BPF_CORE_READ(files, fdt);
	w->table = w->thread ? (__u64)files : 0;
	w->files = (__u64)BPF_CORE_READ(table, fd);
	w->open = (__u64)BPF_CORE_READ(table, open_fds);
	w->max_fds = BPF_CORE_READ(table, max_fds);
	w->fd = 0;
	return 1;
}

static long walk_step(__u32 i, struct walk *w)
{
	if (i && !w->thread && w->process == w->first)
		return 1;
	if (WALK(table)(w))
		bpf_loop(MAX_FDS, walk_fd, w, 0);
	return 0;
}

static __always_inline __u32 walk_all(struct walk *w, const __u64 *ctx)
{
	struct task_struct *me = task_current();
	struct pw_self self;

	ask_read(&w->ask, ctx);
	self_of(me, &self, &w->level);
	w->first = w->process = (__u64)BPF_CORE_READ(me, group_leader);
	bpf_loop(MAX_STEPS, walk_step, w, 0);
	return w->nr;
}

#endif
