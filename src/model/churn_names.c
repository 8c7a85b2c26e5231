// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/churn_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static int compare_actors(const struct pw_actor *a, const struct pw_actor *b)
{
	if (!a->tgid != !b->tgid)
		return a->tgid ? -1 : 1;
	return a->tgid ? strncmp(a->comm, b->comm, sizeof(a->comm)) : 0;
}

static int compare_processes(const void *a, const void *b)
{
	const struct churn_process *const *x = a, *const *y = b;

	return compare_actors(&(*x)->actor, &(*y)->actor);
}

static int compare_names(const void *a, const void *b, void *by)
{
	const struct churn_name *x = a, *y = b;

	if (*(enum churn_order *)by == CHURN_BY_RATE && x->rate != y->rate)
		return x->rate > y->rate ? -1 : 1;
	if (x->current != y->current)
		return x->current > y->current ? -1 : 1;
	if (x->rate != y->rate)
		return x->rate > y->rate ? -1 : 1;
	return compare_actors(x->actor, y->actor);
}

struct churn_name *churn_sort_names(const struct churn *c, enum churn_order by, size_t *ret_nr)
{
	size_t nr_processes, nr = 0;
	_cleanup_free_ struct churn_process **v = churn_sort_processes(c, by, &nr_processes);
	struct churn_name *names = v ? calloc(nr_processes + 1, sizeof(*names)) : NULL;

	if (!names)
		return NULL;
	if (nr_processes)
		qsort(v, nr_processes, sizeof(struct churn_process *), compare_processes);
	for (size_t i = 0; i < nr_processes; i++) {
		if (!nr || compare_actors(names[nr - 1].actor, &v[i]->actor) != 0)
			names[nr++].actor = &v[i]->actor;
		names[nr - 1].processes++;
		names[nr - 1].current += v[i]->current;
		names[nr - 1].rate += v[i]->rate;
	}
	if (nr)
		qsort_r(names, nr, sizeof(*names), compare_names, &by);
	*ret_nr = nr;
	return names;
}
