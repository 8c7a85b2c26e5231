// SPDX-License-Identifier: GPL-2.0-or-later
#include <unistd.h>

#include "base/cleanup.h"
#include "flow/ask.h"
#include "flow/free.h"
#include "sys/socketunit.h"
#include "track/query.h"

static void relatives(void *arg, const struct process *p, struct plan_relatives *ret)
{
	(void)arg;
	relatives_read(p, ret);
}

static int sockets_of(void *arg, const struct process *p, struct answer *ret)
{
	struct free_run *r = arg;
	struct query q = { .holders = true };

	return p->pid ? query_process(r->tracker, &q, p->pid, ret) : 0;
}

static const char *socket_unit(void *arg, uint8_t proto, uint16_t port)
{
	(void)arg;
	return socketunit_find(socketunit_dirs, proto, port);
}

void free_facts(struct free_run *r)
{
	r->facts = (struct plan_facts){
		.self = (uint32_t)getpid(),
		.ancestors = r->ancestors,
		.nr_ancestors = relatives_ancestors(r->ancestors),
		.force = r->force,
		.listening = r->job.listening,
		.strict = r->job.strict,
		.asked = &r->filter->ports,
		.arg = r,
		.relatives = relatives,
		.sockets_of = sockets_of,
		.socket_unit = socket_unit,
	};
}

static int look(struct free_run *r, size_t *ret_new)
{
	_cleanup_(answer_done) struct answer a = {};
	int err;

	answer_init(&a);
	err = ask(r->tracker, r->filter, false, &a);
	/* Maps that no hook keeps right any more prove nothing. */
	if (!err)
		err = tracker_still_there(r->tracker);
	if (!err)
		err = plan_add(&r->plan, &a, &r->facts, ret_new);
	r->job.from_tracker = a.from_tracker;
	return err;
}

static bool any_inflight(const struct plan *p)
{
	for (size_t i = 0; i < p->nr_ports; i++)
		if (p->ports[i].why == WHY_INFLIGHT)
			return true;
	return false;
}

int free_query(struct free_run *r, size_t *ret_new)
{
	int err = look(r, ret_new);

	/* If a process ends between the look at sockets and the look at holders, its socket seems
	 * to be on its way through a queue. A socket that really is, is still so a moment later. */
	if (!err && !*ret_new && any_inflight(&r->plan))
		err = look(r, ret_new);
	return err;
}

int free_holds(struct free_run *r, const struct target *t)
{
	_cleanup_(answer_done) struct answer a = {};
	uint64_t ports[PORTSPEC_WORDS];
	struct query q = { .ports = ports, .holders = true };
	int err;

	answer_init(&a);
	portspec_bitmap(&r->filter->ports, 0, ports);
	err = query_process(r->tracker, &q, t->process.pid, &a);
	if (err)
		return err;
	filter_apply(r->filter, &a);
	return plan_holds(&a, &r->facts, &t->process.id);
}
