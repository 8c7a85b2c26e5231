/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Command lines of processes that history may speak of. They must be read while the process
 * lives: at exit its memory is gone before any hook runs (before 6.16). So it is done when it
 * binds, listens, receives a descriptor, executes another program; and when it closes the last
 * descriptor of a port, if it was not known before.
 */
#ifndef CMDLINE_H
#define CMDLINE_H

#include "maps.h"
#include "task.h"

static const struct pw_cmdline no_cmdline = {};

/*
 * Process context: the current process's. A page that is not in memory is not waited for: then
 * there is no command line. Global: verified once per program, see emit.h.
 */
__weak __noinline int cmdline_read(__u64 start_ns, __u32 execs)
{
	struct task_struct *task = task_current();
	unsigned long from = BPF_CORE_READ(task, mm, arg_start);
	unsigned long to = BPF_CORE_READ(task, mm, arg_end);
	struct pw_cmdline_key key = { .start_ns = start_ns, .execs = execs };
	__u64 len = to - from;
	struct pw_cmdline *c;

	key.tgid = bpf_get_current_pid_tgid() >> 32;
	if (!from || to <= from || bpf_map_update_elem(&cmdlines, &key, &no_cmdline, BPF_ANY))
		return 0;
	c = bpf_map_lookup_elem(&cmdlines, &key);
	if (!c)
		return 0;
	if (len > PW_CMDLINE_LEN) {
		len = PW_CMDLINE_LEN;
		c->cut = 1;
	}
	barrier_var(len);
	if (len <= PW_CMDLINE_LEN && !bpf_probe_read_user(c->s, len, (void *)from))
		c->len = len;
	return 0;
}

#endif
