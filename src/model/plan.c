// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/plan.h"

#include <errno.h>
#include <stdlib.h>

#include "model/guard.h"
#include "model/plan_ports.h"
#include "model/plan_targets.h"

void plan_done(struct plan *p)
{
	for (size_t i = 0; i < p->nr_targets; i++)
		target_done(&p->targets[i]);
	for (size_t i = 0; i < p->nr_ports; i++)
		plan_port_done(&p->ports[i]);
	free(p->targets);
	free(p->ports);
	*p = (struct plan){};
}

static bool port_is_guarded(const struct plan *p, const struct pw_sock *s)
{
	for (size_t i = 0; i < p->nr_targets; i++) {
		const struct target *t = &p->targets[i];

		for (size_t j = 0; t->fate == FATE_GUARDED && j < t->nr_sockets; j++)
			if (t->guard != GUARD_COMPANION && t->guard != GUARD_CHANCE &&
			    t->sockets[j].s.lport == s->lport &&
			    t->sockets[j].s.proto == s->proto && t->sockets[j].s.netns == s->netns)
				return true;
	}
	return false;
}

/* Would ending it free at least one port? */
static bool is_useful(const struct plan *p, const struct target *t)
{
	for (size_t i = 0; i < t->nr_sockets; i++)
		if (!port_is_guarded(p, &t->sockets[i].s))
			return true;
	return false;
}

/* A guarded process keeps its ports busy, so killing their other holders would not free them: guard
 * these, too. */
static void guard_companions(struct plan *p, size_t from)
{
	for (size_t i = from; i < p->nr_targets; i++) {
		struct target *t = &p->targets[i];

		if (!target_is_due(t) || is_useful(p, t))
			continue;
		t->guard = GUARD_COMPANION;
		t->fate = FATE_GUARDED;
	}
}

static int guard(struct plan *p, size_t from, const struct answer *a, const struct plan_facts *f)
{
	for (size_t i = from; i < p->nr_targets; i++)
		if (guard_judge(&p->targets[i], a, f))
			return -ENOMEM;
	guard_companions(p, from);
	return 0;
}

static bool ends(const struct target *t)
{
	return t->fate == FATE_PLANNED || t->fate == FATE_WAITING || t->fate == FATE_GONE;
}

/* A parent that ends as well starts nobody again. */
static void find_parents(struct plan *p)
{
	for (size_t i = 0; i < p->nr_targets; i++) {
		struct target *t = &p->targets[i];

		t->parent_ends = false;
		for (size_t k = 0; k < p->nr_targets && !t->parent_ends; k++)
			t->parent_ends =
				p->targets[k].process.pid == t->parent && ends(&p->targets[k]);
	}
}

void plan_decline(struct plan *p, struct target *t)
{
	t->fate = FATE_DECLINED;
	find_parents(p);
}

static void note_start(struct plan *p, const struct answer *a)
{
	for (size_t i = 0; i < a->nr_sockets; i++)
		p->nr_unaccepted += queue_has(&a->sockets[i]);
	for (size_t i = 0; i < p->nr_ports; i++)
		p->ports[i].was_free = p->ports[i].is_free;
}

int plan_add(struct plan *p, const struct answer *a, const struct plan_facts *f, size_t *ret_new)
{
	bool first = !p->ports;
	size_t from = p->nr_targets;

	if (plan_add_ports(p, a) || plan_add_targets(p, a, f, first) || guard(p, from, a, f) ||
	    plan_judge(p, a, f))
		return -ENOMEM;
	find_parents(p);
	*ret_new = 0;
	for (size_t i = from; i < p->nr_targets; i++)
		*ret_new += target_is_due(&p->targets[i]);
	if (first)
		note_start(p, a);
	return 0;
}
