// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/audit_families.h"

#include <errno.h>
#include <stdlib.h>

int audit_families(const struct picture *p, struct faults *ret)
{
	for (size_t i = 0; i < p->procs.nr && p->tasks.nr; i++) {
		struct pw_actor key = { .tgid = p->procs.v[i].tgid };
		const struct pw_actor *task =
			bsearch(&key, p->tasks.v, p->tasks.nr, sizeof(key), picture_by_task);
		struct fault *new;

		if (task && task->start_ns == p->procs.v[i].p.start_ns)
			continue;
		new = faults_add(ret, FAULT_PROC);
		if (!new)
			return -ENOMEM;
		new->tgid = key.tgid;
	}
	for (size_t i = 0; i < p->members.nr; i++) {
		const struct audit_member *m = &p->members.v[i];
		struct audit_proc key = { .tgid = m->tgid }, *proc;
		struct fault *new;

		proc = p->procs.nr ? bsearch(&key, p->procs.v, p->procs.nr, sizeof(key),
					     picture_by_tgid) :
				     NULL;
		if (proc && proc->p.family == m->key.family && proc->p.member_nr == m->key.nr)
			continue;
		new = faults_add(ret, FAULT_MEMBER);
		if (!new)
			return -ENOMEM;
		new->member = m->key;
		new->tgid = m->tgid;
	}
	return 0;
}
