// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tell which process holds which socket, in one run by hand over every process and descriptor.
 */
#define WALK(name) walk_##name
#include "walk.h"
#include "byhand.h"

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

struct found {
	__u64 task;
	__u64 file;
	__u64 sk;
	__u32 fd;
	__u32 level;
};

/* Global: verified once, and not for each way that leads here. */
__weak __noinline int walk_record(struct found *f, __u32 index)
{
	struct pw_rec *rec;
	struct sock *sk;

	if (!f)
		return 0;
	rec = record_at(index);
	if (!rec)
		return 0;
	sk = (struct sock *)f->sk;
	sock_read(false, sk, &rec->sock);
	sock_set_state(&rec->sock, sock_state(false, sk));
	holder_fill(rec, (struct task_struct *)f->task, (struct file *)f->file, sk, f->fd, f->level,
		    0);
	return 1;
}

/* Closed, or another file's by now? Then what was read may be another socket's, too. */
static __always_inline void record_drop_unless(__u32 index, bool stands)
{
	struct pw_rec *rec = stands ? 0 : bpf_map_lookup_elem(&records, &index);

	if (rec)
		rec->kind = 0;
}

static void walk_found(struct walk *w, struct task_struct *task, struct file *file, struct sock *sk,
		       __u32 fd)
{
	struct found f = { (__u64)task, (__u64)file, (__u64)sk, fd, w->level };
	struct pw_sock now;
	__u32 index;

	now.proto = sock_proto(false, sk);
	now.lport = sock_lport(false, sk);
	if (!sock_shown_state(&now, sock_state(false, sk)) || !ask_wants(&w->ask, &now))
		return;
	index = record_index(&w->ask, &w->nr, (__u64)task + fd);
	if (index == NO_RECORD)
		return;
	walk_record(&f, index);
	record_drop_unless(index, walk_file(w, fd) == file && holder_socket(file) == sk &&
					  sock_lport(false, sk) == now.lport);
}

SEC("raw_tp")
int walk(__u64 *ctx)
{
	struct walk w = {};

	return walk_all(&w, ctx);
}
