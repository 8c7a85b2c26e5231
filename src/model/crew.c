// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/crew.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void crews_done(struct crews *c)
{
	free(c->list.v);
	free(c->members.v);
}

static bool is_counted(const struct crews *c, size_t process)
{
	for (size_t i = 0; i < c->members.nr; i++)
		if (c->members.v[i] == process)
			return true;
	return false;
}

static struct crew *crew_of(struct crews *c, const struct answer *a, const struct process *p)
{
	for (size_t i = 0; i < c->list.nr; i++) {
		const struct process *leader = &a->processes[c->list.v[i].leader];

		if (!strncmp(leader->id.comm, p->id.comm, sizeof(p->id.comm)))
			return &c->list.v[i];
	}
	return NULL;
}

/* By number where both started in one tick, or it is not known when. */
static bool started_before(const struct process *a, const struct process *b)
{
	if (a->id.start_ns != b->id.start_ns)
		return a->id.start_ns < b->id.start_ns;
	return a->id.tgid < b->id.tgid;
}

int crews_add(struct crews *c, const struct answer *a, size_t process)
{
	const struct process *p = &a->processes[process];
	struct crew *crew;
	size_t *member;

	if (is_counted(c, process))
		return 0;
	member = VEC_ADD(&c->members);
	if (!member)
		return -ENOMEM;
	*member = process;
	crew = crew_of(c, a, p);
	if (!crew) {
		crew = VEC_ADD(&c->list);
		if (!crew)
			return -ENOMEM;
		crew->leader = process;
		return 0;
	}
	crew->others++;
	if (started_before(p, &a->processes[crew->leader]))
		crew->leader = process;
	return 0;
}

int crews_add_holders(struct crews *c, const struct answer *a, const struct socket *s)
{
	int err = 0;

	for (size_t i = 0; i < s->nr_holders && !err; i++)
		err = crews_add(c, a, s->holders[i].process);
	return err;
}
