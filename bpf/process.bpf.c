// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Needs: fork, exec, exit of a process that holders are looked for in; and the end of a
 * reader, whose seat must cost nothing from then on.
 */
#include "entry.h"
#include "history.h"
#include <bpf/bpf_tracing.h>

SEC("tp_btf/sched_process_fork")
int BPF_PROG(fork__tp, struct task_struct *parent, struct task_struct *child)
{
	__u32 tgid = parent->tgid;
	struct pw_proc *p;
	struct pw_actor a;

	if (child->pid != child->tgid) /* a thread: same fd table, same process */
		return 0;
	p = bpf_map_lookup_elem(&procs, &tgid);
	if (!p)
		return 0;
	actor_of(child, &a);
	family_join(p->family, &a, &p->cmdline);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(exec__tp, struct task_struct *task)
{
	__u32 tgid = task->tgid;
	struct pw_proc *p = bpf_map_lookup_elem(&procs, &tgid);

	if (!p)
		return 0;
	p->cmdline.execs = p->cmdline.tgid == tgid ? p->cmdline.execs + 1 : 1;
	p->cmdline.start_ns = p->start_ns;
	p->cmdline.tgid = tgid;
	cmdline_read(p->start_ns, p->cmdline.execs);
	return 0;
}

/* A question whose asker was killed before it had its answer. */
static __always_inline void question_left(struct task_struct *task)
{
	struct pw_self self;
	__u32 level;

	self_of(task, &self, &level);
	bpf_map_delete_elem(&queries, &self);
}

static __always_inline void reader_left(struct task_struct *task)
{
	struct pw_meta *m = meta_get();
	struct pw_self self;
	struct pw_reader *r;
	__u64 mask;
	__u32 level;

	if (!m || !m->reader_mask)
		return;
	self_of(task, &self, &level);
	mask = m->reader_mask;
#pragma clang loop unroll(disable)
	for (int i = 0; i < PW_MAX_READERS; i++) {
		__u32 seat = i;

		if (!(mask & (1ull << i)))
			continue;
		r = bpf_map_lookup_elem(&readers, &seat);
		if (!r || r->self.pid != self.pid || r->self.pidns != self.pidns)
			continue;
		r->self.pid = 0;
		__sync_fetch_and_add(&m->reader_mask, -(1ull << i));
	}
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(exit__tp, struct task_struct *task)
{
	/* The tracepoint fires for every thread; the last one ends the process. */
	if (BPF_CORE_READ(task, signal, live.counter) > 0)
		return 0;
	question_left(task);
	exit_note(task);
	family_left(task->tgid);
	reader_left(task);
	return 0;
}

/*
 * Need: somebody received the fd (SCM_RIGHTS, pidfd_getfd, seccomp). A hint where to look;
 * without it such a holder is found by a walk over all processes.
 */
static __always_inline int received(struct file *file)
{
	struct socket *socket = file_socket(file);
	struct sock *sk = socket ? BPF_CORE_READ(socket, sk) : 0;
	struct pw_sock *e = sk ? entry_get(sk) : 0;
	struct pw_actor a;

	if (!e || !e->family_id)
		return 0;
	actor_of_current(&a);
	if (member_get(&a)) /* of this family, or of another: then it is found by a walk */
		return 0;
	family_add(&a, e->family_id);
	cmdline_read(a.start_ns, 0);
	return 0;
}

/*
 * All of them ask the security modules first, and on every kernel by this function, which has one
 * argument; the ones around it do not last: receive_fd() wrapped __receive_fd() until 6.8
 * (4e94ddfe2aab), and on 7.x SCM_RIGHTS passes by it. A kernel without CONFIG_SECURITY has none.
 */
SEC("fentry/security_file_receive")
int BPF_PROG(receive__fentry, struct file *file)
{
	return received(file);
}

SEC("kprobe/security_file_receive")
int BPF_KPROBE(receive__kprobe, struct file *file)
{
	return received(file);
}
