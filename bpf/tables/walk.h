/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every process and every descriptor, by following the kernel's own lists: no iterator, no kfunc
 * and no type from the kernel's BTF are needed, only bpf_loop() (5.17, e6f2dd0f8067) and
 * BPF_PROG_TEST_RUN of a raw tracepoint program (5.10). The run holds rcu_read_lock(), so what a
 * list leads to is not freed under it. It takes no reference: whatever is read of a file counts
 * only if the descriptor still leads to it afterwards.
 *
 * A file that includes this defines what happens to a process and to a socket that was found, and
 * WALK(name), which gives global functions a name of their own in this file.
 */
#ifndef WALK_H
#define WALK_H

#include "question.h"
#include "holder.h"

/* More than there can be: PID_MAX_LIMIT (include/linux/threads.h), and eights of descriptors of one
 * table (sysctl_nr_open_max, fs/file.c). */
#define MAX_STEPS (1 << 22)
#define MAX_EIGHTS (1 << 20)
#define MAX_ANCESTORS 4096

/* Network namespaces that are remembered, and how many more processes are told of each: counted in
 * bits that an address has not. */
#define NETS 4
#define NET_TOLD 3ull

struct walk {
	struct pw_ask ask;
	__u32 level;	  /* of the caller's PID namespace */
	__u32 nr;	  /* records so far */
	__u64 first;	  /* the process that the walk began with */
	__u64 self;	  /* the only process that is asked for is the asking one; or 0 */
	__u64 socket_ops; /* what every socket's file has as f_op; 0: not known */
	__u64 nets[NETS]; /* network namespaces that were told, and of how many processes */
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

/* Global, like the next: verified once, and not for every state that a loop may be in. Weak, so
 * that no compiler concludes from what it returns. */
__weak __noinline int WALK(descriptor)(struct walk *w, __u32 fd)
{
	struct file *file = w ? walk_file(w, fd) : 0;
	struct sock *sk = file ? holder_socket(file) : 0;

	if (sk)
		walk_found(w, (struct task_struct *)w->owner, file, sk, fd);
	return 0;
}

/* Tell sockets by one load of the file; its file system takes three. */
static __always_inline bool may_be_socket(const struct walk *w, struct file *file)
{
	const struct file_operations *ops = 0;

	if (!w->socket_ops)
		return true;
	bpf_core_read(&ops, sizeof(ops), &file->f_op);
	return (__u64)ops == w->socket_ops;
}

/* Eight descriptors, or 64 that are closed. A table has room for a multiple of 64
 * (alloc_fdtable, fs/file.c). */
__weak __noinline int WALK(eight)(struct walk *w)
{
	struct file *files[8] = {};
	__u32 fd, open;

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
	w->fd = fd + 8;
	open = w->bits >> fd % 64 & 0xff;
	if (!open)
		return 0;
	bpf_probe_read_kernel(files, sizeof(files), (struct file **)w->files + fd);
#pragma clang loop unroll(full)
	for (__u32 i = 0; i < 8; i++)
		if (open & 1u << i && may_be_socket(w, files[i]))
			WALK(descriptor)(w, fd + i);
	return 0;
}

static long walk_fds(__u32 i, struct walk *w)
{
	return WALK(eight)(w) != 0;
}

static __always_inline bool walk_wants(const struct walk *w, struct task_struct *task)
{
	if (w->self)
		return (__u64)task == w->self;
	return !w->ask.pid || task_pid_at(task, w->level) == w->ask.pid;
}

/* Have enough processes of this one's network namespace been told? The memory is short: some may be
 * told more often. */
static __always_inline bool walk_told(struct walk *w, struct task_struct *task)
{
	__u64 net = (__u64)BPF_CORE_READ(task, nsproxy, net_ns), *told;

	told = &w->nets[(net >> 12 ^ net >> 6) % NETS];
	if ((*told & ~NET_TOLD) != net)
		*told = net;
	else if ((*told & NET_TOLD) == NET_TOLD)
		return true;
	else
		(*told)++;
	return false;
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

/* Return the next table of descriptors, or NULL, and move on in the lists. */
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
		if (!(w->ask.flags & PW_Q_NETNS) || !walk_told(w, task))
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
		bpf_loop(MAX_EIGHTS, walk_fds, w, 0);
	return 0;
}

/* The operations of the asking process's socket, which all sockets have (sock_from_file,
 * net/socket.c). They are no module's, unlike what is found by types of another kernel. */
static __always_inline __u64 socket_ops_of(struct task_struct *me, __u32 fd)
{
	struct fdtable *table = BPF_CORE_READ(me, files, fdt);
	struct file **at = BPF_CORE_READ(table, fd), *file = 0;
	const struct file_operations *ops;

	if (fd >= BPF_CORE_READ(table, max_fds))
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), at + fd);
	ops = file && file_socket(file) ? BPF_CORE_READ(file, f_op) : 0;
	return ops && !BPF_CORE_READ(ops, owner) ? (__u64)ops : 0;
}

static long walk_up(__u32 i, struct walk *w)
{
	struct task_struct *task = (struct task_struct *)w->process;

	w->process = (__u64)BPF_CORE_READ(task, real_parent);
	return w->process == (__u64)task;
}

/* The kernel's own first task, which never ends and is its own parent; or, where it is not found,
 * that process. */
static __always_inline __u64 first_task(struct walk *w, struct task_struct *process)
{
	w->process = (__u64)process;
	if (bpf_loop(MAX_ANCESTORS, walk_up, w, 0) == MAX_ANCESTORS)
		return (__u64)process;
	return w->process;
}

static __always_inline __u32 walk_all(struct walk *w, const __u64 *ctx)
{
	struct task_struct *me = task_current(), *leader;
	struct pw_self self;

	ask_read(&w->ask, ctx);
	self_of(me, &self, &w->level);
	leader = BPF_CORE_READ(me, group_leader);
	if (w->ask.pid && w->ask.pid == self.pid)
		w->self = (__u64)leader;
	if (w->ask.socket)
		w->socket_ops = socket_ops_of(me, w->ask.socket - 1);
	w->first = w->process = first_task(w, leader);
	bpf_loop(MAX_STEPS, walk_step, w, 0);
	return w->nr;
}

#endif
