/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * References to a socket's file that are nobody's fd: a task that sleeps in poll() or
 * select() holds one (poll_table_entry.filp), and so does a thread that sleeps in accept()
 * or recv() if its fd table is shared (fdget, fs/file.c). Both hang in the socket's wait
 * queue. What is left are fds, files in flight, and users we do not know of (io_uring, a
 * multi-threaded call under way): those make an answer unproven, never wrong.
 */
#ifndef WAITERS_H
#define WAITERS_H

#include "compat.h"

#define MAX_WAITERS 64
#define TOO_MANY 0xffffffffu

/* Where we are in a socket's wait queue. */
struct waiting {
	__u64 head;
	__u64 at;
	__u64 file;
	__u32 refs;
};

static __always_inline int waiter_refs(__u64 entry, __u64 file)
{
	struct wait_queue_entry *w = (void *)entry;
	struct poll_table_entry *poll;
	struct task_struct *task;
	__u64 filp = 0;

	poll = (void *)w - bpf_core_field_offset(struct poll_table_entry, wait);
	bpf_core_read(&filp, sizeof(filp), &poll->filp);
	if (filp == file)
		return 1;
	/* A task on its own behalf? Nothing else points back at itself like this. */
	task = BPF_CORE_READ(w, private);
	if (!task ||
	    BPF_CORE_READ(task, group_leader, group_leader) != BPF_CORE_READ(task, group_leader))
		return 0;
	return BPF_CORE_READ(task, group_leader) && BPF_CORE_READ(task, files, count.counter) > 1;
}

/* The next waiter; 1: there was none. Global, as what follows: the verifier looks at it once, and
 * not for each of them. Numbers instead of pointers: see emit.h. */
__weak __noinline int waiter(struct waiting *w)
{
	struct list_head *at = w ? (struct list_head *)w->at : 0;

	if (!at || (__u64)at == w->head)
		return 1;
	w->refs += waiter_refs((__u64)at - bpf_core_field_offset(struct wait_queue_entry, entry),
			       w->file);
	w->at = (__u64)BPF_CORE_READ(at, next);
	return 0;
}

__weak __noinline int waiters(__u64 file)
{
	struct socket *socket = BPF_CORE_READ((struct file *)file, private_data);
	struct socket_wq *wq = BPF_CORE_READ(socket, sk, sk_wq);
	struct waiting w = { .file = file };

	if (!wq)
		return 0;
	w.head = (__u64)&wq->wait.head;
	w.at = (__u64)BPF_CORE_READ(wq, wait.head.next);
#pragma clang loop unroll(disable)
	for (int i = 0; i < MAX_WAITERS; i++)
		if (waiter(&w))
			return w.refs;
	return TOO_MANY;
}

/* References less those of the waiters and of the asking program itself (`held`: an iterator
 * holds one). Both change under our eyes: only when two looks agree is the difference worth
 * anything. 0: not to be told just now. */
static __always_inline __u64 fd_refs(struct file *file, __u32 held)
{
	__u64 refs = file_refs(file);
	__u64 number = as_number(file);
	__u32 waiting = waiters(number);

	if (waiting == TOO_MANY || file_refs(file) != refs || (__u32)waiters(number) != waiting ||
	    refs < waiting + held + 1)
		return 0;
	return refs - held - waiting;
}

#endif
