/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every process and every descriptor, by following the kernel's own lists: no iterator, no kfunc
 * and no type from the kernel's BTF are needed, only bpf_loop() (5.17, e6f2dd0f8067) and
 * BPF_PROG_TEST_RUN of a raw tracepoint program (5.10). The run holds rcu_read_lock(), so what a
 * list leads to is not freed under it. It takes no reference: whatever is read of a file counts
 * only if the descriptor still leads to it afterwards.
 *
 * Whoever includes this defines what happens to a process and to a socket that was found.
 */
#ifndef WALK_H
#define WALK_H

#include "question.h"
#include "holder.h"

/* More than there can be: PID_MAX_LIMIT (include/linux/threads.h), and sysctl_nr_open_max / 64. */
#define MAX_TASKS (1 << 22)
#define MAX_WORDS (1 << 23)

struct walk {
	struct pw_ask ask;
	__u32 level; /* of the caller's PID namespace */
	__u32 nr;    /* records so far */
	__u64 first_task, task, thread, threads_end, table;
	__u64 files; /* struct file *[] of the table, and the bits of those that are open */
	__u64 open;
	__u64 word; /* the bits at hand, and the number of the first of them */
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

static long walk_fd(__u32 bit, struct walk *w)
{
	struct file *file;
	struct sock *sk;
	__u32 fd = w->fd + bit;

	if (!(w->word & (1ull << (bit & 63))))
		return 0;
	file = walk_file(w, fd);
	sk = file ? holder_socket(file) : 0;
	if (sk)
		walk_found(w, (struct task_struct *)w->thread, file, sk, fd);
	return 0;
}

static long walk_word(__u32 i, struct walk *w)
{
	w->fd = i * 64;
	if (w->fd >= w->max_fds)
		return 1;
	w->word = 0;
	bpf_probe_read_kernel(&w->word, sizeof(w->word), (__u64 *)w->open + i);
	if (w->word)
		bpf_loop(64, walk_fd, w, 0);
	return 0;
}

static __always_inline void walk_table(struct walk *w, struct files_struct *files)
{
	struct fdtable *table = BPF_CORE_READ(files, fdt);

	w->table = (__u64)files;
	w->files = (__u64)BPF_CORE_READ(table, fd);
	w->open = (__u64)BPF_CORE_READ(table, open_fds);
	w->max_fds = BPF_CORE_READ(table, max_fds);
	bpf_loop(MAX_WORDS, walk_word, w, 0);
}

/* A thread may have a table of its own (unshare(CLONE_FILES)). */
static long walk_thread(__u32 i, struct walk *w)
{
	struct task_struct *task;
	struct files_struct *files;

	if (!w->thread || w->thread == w->threads_end)
		return 1;
	task = (void *)(w->thread - bpf_core_field_offset(struct task_struct, thread_node));
	files = BPF_CORE_READ(task, files);
	w->thread = (__u64)task;
	if (files && (__u64)files != w->table)
		walk_table(w, files);
	w->thread = (__u64)BPF_CORE_READ(task, thread_node.next);
	return 0;
}

static __always_inline bool walk_wants(const struct walk *w, struct task_struct *task)
{
	return !w->ask.pid || task_pid_at(task, w->level) == w->ask.pid;
}

static __always_inline void walk_process(struct walk *w, struct task_struct *task)
{
	struct signal_struct *signal = BPF_CORE_READ(task, signal);
	struct files_struct *files = BPF_CORE_READ(task, files);

	w->table = 0;
	w->thread = (__u64)task;
	if (files)
		walk_table(w, files);
	if (!signal || (files && BPF_CORE_READ(signal, nr_threads) < 2))
		return;
	w->threads_end = (__u64)signal + bpf_core_field_offset(struct signal_struct, thread_head);
	w->thread = (__u64)BPF_CORE_READ(signal, thread_head.next);
	bpf_loop(MAX_TASKS, walk_thread, w, 0);
}

static long walk_next(__u32 i, struct walk *w)
{
	struct task_struct *task = (void *)w->task;

	if (walk_wants(w, task)) {
		if (w->ask.flags & PW_Q_TASKS)
			walk_task(w, task);
		else
			walk_process(w, task);
	}
	w->task = (__u64)BPF_CORE_READ(task, tasks.next) -
		  bpf_core_field_offset(struct task_struct, tasks);
	return w->task == w->first_task;
}

static __always_inline __u32 walk_all(struct walk *w, const __u64 *ctx)
{
	struct task_struct *me = task_current();
	struct pw_self self;

	ask_read(&w->ask, ctx);
	self_of(me, &self, &w->level);
	w->first_task = w->task = (__u64)BPF_CORE_READ(me, group_leader);
	bpf_loop(MAX_TASKS, walk_next, w, 0);
	return w->nr;
}

#endif
