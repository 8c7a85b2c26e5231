// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/plan_targets.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"

/* An address alone, or an inode number alone, may be another socket's by now. */
static bool is_planned(const struct plan *p, const struct socket *s)
{
	for (size_t i = 0; i < p->nr_targets; i++)
		for (size_t j = 0; j < p->targets[i].nr_sockets; j++)
			if (s->inode && p->targets[i].sockets[j].inode == s->inode &&
			    p->targets[i].sockets[j].sk == s->sk)
				return true;
	return false;
}

static struct target *find_target(const struct plan *p, const struct pw_actor *id)
{
	for (size_t i = 0; i < p->nr_targets; i++)
		if (process_is(&p->targets[i].process.id, id))
			return &p->targets[i];
	return NULL;
}

bool plan_is_newcomer(const struct plan *p, const struct answer *a, const struct pw_actor *id)
{
	bool listens = false;

	if (find_target(p, id))
		return false;
	for (size_t i = 0; i < a->nr_sockets; i++) {
		if (!answer_held_by(a, &a->sockets[i], id))
			continue;
		if (is_planned(p, &a->sockets[i]))
			return false;
		listens = listens || plan_is_listening(&a->sockets[i]);
	}
	return listens;
}

/* Children that end as well are not left behind. */
static void count_off_children(struct plan *p, size_t from)
{
	for (size_t i = from; i < p->nr_targets; i++)
		for (size_t k = 0; k < p->nr_targets; k++)
			if (p->targets[k].process.pid == p->targets[i].parent &&
			    p->targets[k].nr_children)
				p->targets[k].nr_children--;
}

static int by_age(const void *pa, const void *pb)
{
	const struct target *a = pa, *b = pb;

	if (a->process.id.start_ns != b->process.id.start_ns)
		return a->process.id.start_ns < b->process.id.start_ns ? -1 : 1;
	return a->process.id.tgid < b->process.id.tgid ? -1 :
							 a->process.id.tgid > b->process.id.tgid;
}

static int add_target(struct plan *p, const struct answer *a, size_t process,
		      const struct plan_facts *f)
{
	struct target *targets = reallocarray(p->targets, p->nr_targets + 1, sizeof(*targets));

	if (!targets)
		return -ENOMEM;
	p->targets = targets;
	return target_fill(&targets[p->nr_targets++], a, process, f);
}

int plan_add_targets(struct plan *p, const struct answer *a, const struct plan_facts *f, bool first)
{
	size_t from = p->nr_targets;
	_cleanup_free_ bool *wanted = calloc(a->nr_processes + 1, sizeof(*wanted));

	if (!wanted)
		return -ENOMEM;
	/* Decide who is new before the plan grows. */
	for (size_t i = 0; i < a->nr_processes; i++)
		wanted[i] = plan_holds(a, f, &a->processes[i].id) &&
			    !find_target(p, &a->processes[i].id) &&
			    (first || !plan_is_newcomer(p, a, &a->processes[i].id));
	for (size_t i = 0; i < a->nr_processes; i++)
		if (wanted[i] && add_target(p, a, i, f))
			return -ENOMEM;
	count_off_children(p, from);
	if (p->nr_targets > from)
		qsort(p->targets + from, p->nr_targets - from, sizeof(*p->targets), by_age);
	return 0;
}
