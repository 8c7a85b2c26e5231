/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Describe a descriptor of a process in a record of kind PW_REC_HOLDER. */
#ifndef HOLDER_H
#define HOLDER_H

#include "sock.h"
#include "task.h"
#include "mptcp.h"
#include "queue.h"
#include "waiters.h"

/* The socket behind a file that holds a port, or NULL. */
static __always_inline struct sock *holder_socket(struct file *file)
{
	struct socket *socket = file_socket(file);
	struct sock *sk = socket ? (struct sock *)port_socket_of((__u64)socket) : 0;

	return sk && sock_is_ours(false, sk) && sock_lport(false, sk) ? sk : 0;
}

/* held: references to the file that the asking program has itself. */
static __always_inline void holder_fill(struct pw_rec *rec, struct task_struct *task,
					struct file *file, struct sock *sk, __u32 fd, __u32 level,
					__u32 held)
{
	rec->kind = PW_REC_HOLDER;
	actor_of(task, &rec->actor);
	sock_read_bind(sk, &rec->bind);
	rec->fd = fd;
	rec->sk = (__u64)sk;
	rec->inode = BPF_CORE_READ(file, f_inode, i_ino);
	rec->refs = fd_refs(file, held);
	rec->files = (__u64)BPF_CORE_READ(task, files);
	rec->table_users = BPF_CORE_READ(task, files, count.counter);
	rec->threads = BPF_CORE_READ(task, signal, live.counter);
	rec->pid = task_pid_at(task, level);
	rec->has_socket = 1;
	queue_read(sk, rec);
}

#endif
