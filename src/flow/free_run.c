// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "flow/free.h"
#include "model/plan_ports.h"

/* A process that got hold of a socket while its other holders were ended is ended in the next
 * round. After this many rounds it is told, and not chased any more. */
#define MAX_ROUNDS 8

static bool nobody_left(const struct free_run *r)
{
	for (size_t i = 0; i < r->plan.nr_ports; i++)
		if (r->plan.ports[i].nr_left)
			return false;
	return true;
}

static bool any_ended(const struct free_run *r)
{
	for (size_t i = 0; i < r->plan.nr_targets; i++)
		if (r->plan.targets[i].fate == FATE_GONE ||
		    r->plan.targets[i].fate == FATE_RELEASED)
			return true;
	return false;
}

/* Is there anybody who could start again what was ended? */
static bool can_come_back(const struct free_run *r)
{
	for (size_t i = 0; i < r->plan.nr_targets; i++) {
		const struct target *t = &r->plan.targets[i];

		if (t->keeper != KEEPER_NONE && t->signals[0])
			return true;
	}
	return r->observe_given;
}

/* Something was ended, nobody has the port: does it stay like that? */
static int observe(struct free_run *r, size_t *ret_due)
{
	uint64_t end = clock_boot_ns() + r->observe_ns;
	int err = 0;

	while (!err && nobody_left(r) && clock_boot_ns() < end && !free_is_over(r)) {
		bool news = free_wait(r, end);

		if (news || clock_boot_ns() >= end)
			err = free_query(r, ret_due);
	}
	return err;
}

/* End the targets in rounds. A process that got hold of a socket meanwhile is a target of the next
 * round. */
static int end_owners(struct free_run *r, size_t due)
{
	size_t from = 0;
	int err = 0;

	for (int round = 0; !err && round < MAX_ROUNDS; round++) {
		r->face->announce(r->face->arg, r, from);
		from = r->plan.nr_targets;
		if (r->job.dry_run || !due || free_is_called_off(r))
			break;
		err = free_watch(r);
		if (!err)
			err = r->job.close ? free_close(r) : free_kill(r);
		if (!err)
			err = free_query(r, &due);
		if (!err && !due && any_ended(r) && can_come_back(r))
			err = observe(r, &due);
		/* Somebody starts again what was ended, so killing it once more is of no use. */
		if (err || !due || plan_respawned(&r->plan) || free_is_over(r))
			break;
	}
	return err;
}

static uint64_t next_look(const struct free_run *r)
{
	uint64_t ms = UINT64_MAX;

	for (size_t i = 0; i < r->plan.nr_ports; i++)
		if (!r->plan.ports[i].is_free && r->plan.ports[i].has_frees_in &&
		    r->plan.ports[i].frees_in_ms < ms)
			ms = r->plan.ports[i].frees_in_ms;
	return ms == UINT64_MAX ? ms : clock_boot_ns() + (ms + 1) * NSEC_PER_MSEC;
}

static bool any_timewait(const struct plan *p)
{
	for (size_t i = 0; i < p->nr_ports; i++)
		if (p->ports[i].nr_timewait && !p->ports[i].timewait_error)
			return true;
	return false;
}

/* Clear up what no process holds: TIME-WAIT, connections that are closing. TIME-WAIT is destroyed
 * with --timewait; the rest goes by itself, which --timeout waits for. */
static int clear_up(struct free_run *r)
{
	bool waits = r->deadline_ns != UINT64_MAX;
	size_t due;
	int err = 0;

	/* Watch first, then look: what goes in between would never be heard of. */
	if (waits && !plan_all_free(&r->plan))
		err = free_watch(r) ?: free_query(r, &due);
	while (!err && !plan_respawned(&r->plan)) {
		if (r->job.timewait && any_timewait(&r->plan))
			err = free_timewait(r) ?: free_query(r, &due);
		if (err || !waits || plan_all_free(&r->plan) || free_is_over(r))
			break;
		free_wait(r, next_look(r));
		err = free_query(r, &due);
	}
	return err;
}

int free_end(struct free_run *r, size_t due)
{
	int err = end_owners(r, due);

	if (!err && !r->job.dry_run && !free_is_called_off(r))
		err = clear_up(r);
	return err;
}

void free_run_done(struct free_run *r)
{
	for (size_t i = 0; i < r->nr_hunts; i++)
		if (r->hunts[i].pidfd >= 0)
			close(r->hunts[i].pidfd);
	free(r->hunts);
	r->hunts = NULL;
	r->nr_hunts = 0;
	free_unwatch(r);
	plan_done(&r->plan);
}
