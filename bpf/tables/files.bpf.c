// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes and their descriptors by the kernel's own iterators: of every process, or of one
 * (from 6.1). walk.bpf.c tells the same where iterators are refused.
 */
#include "question.h"
#include "holder.h"
#include <bpf/bpf_tracing.h>

SEC("iter/task_file")
int walk_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct pw_query *q;
	struct pw_rec rec;
	struct sock *sk;
	__u32 level;

	if (!task || !file || file->f_inode->i_sb->s_magic != SOCKFS_MAGIC)
		return 0;
	sk = holder_socket(file);
	q = sk ? query_of(&level) : 0;
	if (!q)
		return 0;
	__builtin_memset(&rec, 0, sizeof(rec));
	sock_read(false, sk, &rec.sock);
	sock_set_state(&rec.sock, sock_state(false, sk));
	if (!rec.sock.state || !query_wants(q, &rec.sock))
		return 0;
	holder_fill(&rec, task, file, sk, ctx->fd, level, 1);
	bpf_seq_write(ctx->meta->seq, &rec, sizeof(rec));
	return 0;
}

SEC("iter/task")
int walk_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct pw_rec rec;
	struct pw_self self;
	__u32 level;

	if (!task || task->pid != task->tgid)
		return 0;
	__builtin_memset(&rec, 0, sizeof(rec));
	self_of(task_current(), &self, &level);
	rec.kind = PW_REC_TASK;
	rec.pid = task_pid_at(task, level);
	rec.netns = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
	actor_of(task, &rec.actor);
	bpf_seq_write(ctx->meta->seq, &rec, sizeof(rec));
	return 0;
}
