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

/* Global, as what follows: the verifier looks at it once, and not for each waiter. Numbers instead
 * of pointers: 5.10 takes no pointer to memory there (e5069b9c23b3). */
__weak __noinline int waiter_refs(__u64 entry, __u64 file)
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

__weak __noinline int waiters(__u64 file)
{
	struct socket *socket = BPF_CORE_READ((struct file *)file, private_data);
	struct socket_wq *wq = BPF_CORE_READ(socket, sk, sk_wq);
	struct list_head *head, *at;
	__u32 refs = 0;

	if (!wq)
		return 0;
	head = &wq->wait.head;
	at = BPF_CORE_READ(wq, wait.head.next);
#pragma clang loop unroll(disable)
	for (int i = 0; i < MAX_WAITERS; i++) {
		if (!at || at == head)
			return refs;
		refs += waiter_refs(
			(__u64)at - bpf_core_field_offset(struct wait_queue_entry, entry), file);
		at = BPF_CORE_READ(at, next);
	}
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
