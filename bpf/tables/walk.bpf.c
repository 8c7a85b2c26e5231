// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who holds which socket, in one run by hand over every process and descriptor.
 */
#include "walk.h"
#include "record.h"

static void walk_task(struct walk *w, struct task_struct *task)
{
	struct pw_rec *rec = record_next(&w->ask, &w->nr, (__u64)task);

	if (!rec)
		return;
	rec->kind = PW_REC_TASK;
	rec->pid = task_pid_at(task, w->level);
	rec->netns = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
	actor_of(task, &rec->actor);
}

static void walk_found(struct walk *w, struct task_struct *task, struct file *file, struct sock *sk,
		       __u32 fd)
{
	struct pw_sock now = {};
	struct pw_rec *rec;

	now.proto = sock_proto(false, sk);
	now.lport = sock_lport(false, sk);
	if (!sock_shown_state(&now, sock_state(false, sk)) || !ask_wants(&w->ask, &now))
		return;
	rec = record_next(&w->ask, &w->nr, (__u64)task + fd);
	if (!rec)
		return;
	sock_read(false, sk, &rec->sock);
	sock_set_state(&rec->sock, sock_state(false, sk));
	holder_fill(rec, task, file, sk, fd, w->level, 0);
	/* Closed, or another file's by now? Then what was read may be another socket's, too. */
	if (walk_file(w, fd) != file || holder_socket(file) != sk || rec->sock.lport != now.lport)
		rec->kind = 0;
}

SEC("raw_tp")
int walk(__u64 *ctx)
{
	struct walk w = {};

	return walk_all(&w, ctx);
}
