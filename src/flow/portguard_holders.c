// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/portguard_holders.h"

#include <string.h>

#include "base/cleanup.h"
#include "flow/ask.h"
#include "flow/lookup.h"
#include "flow/source.h"
#include "model/names.h"
#include "sys/netns.h"
#include "sys/proc.h"

static bool is_allowed(const struct portguard_wish *w, const struct process *p)
{
	const struct portguard_caller c = {
		.uid = p->id.uid,
		.cgroup = p->cgroup,
		.exe = p->exe,
	};

	for (size_t i = 0; i < w->nr_whos; i++)
		if (portguard_allows(&w->whos[i], &c))
			return true;
	return false;
}

/* Connections of a listener are not in the way of anybody's bind(). */
static bool is_server(const struct socket *s)
{
	return s->s.state == PW_LISTEN || s->s.state == PW_BOUND || s->s.proto == PW_UDP;
}

static void describe_first(const struct portguard_wish *w, const struct answer *a,
			   struct strbuf *ret)
{
	for (size_t i = 0; i < a->nr_sockets; i++) {
		const struct socket *s = &a->sockets[i];

		for (size_t k = 0; is_server(s) && k < s->nr_holders; k++) {
			const struct process *p = &a->processes[s->holders[k].process];

			if (is_allowed(w, p))
				continue;
			strbuf_addf(ret, "%u/%s is held by %.*s (pid %u)", s->s.lport,
				    names_proto(s->s.proto), PW_COMM_LEN, p->id.comm,
				    p->pid ? p->pid : p->id.tgid);
			return;
		}
	}
}

int portguard_holders(const struct tracker_opts *opts, const struct portguard_wish *w,
		      struct strbuf *ret)
{
	_cleanup_(filter_done) struct filter f = { .lookup = lookup_system };
	_cleanup_(tracker_free_p) struct tracker *t = NULL;
	_cleanup_(answer_done) struct answer a = {};
	uint32_t netns;
	int err = netns_now(&netns);

	answer_init(&a);
	for (size_t i = 0; !err && i < w->ports->nr; i++)
		err = portspec_add_range(&f.ports, &w->ports->ranges[i]);
	if (!err)
		err = filter_add_netns(&f, netns);
	if (!err)
		err = source_open(opts, TRACKER_SNAPSHOT, NULL, &t);
	if (!err)
		err = ask(t, &f, false, &a);
	if (!err)
		err = ask_describe_holders(&a, PROC_PLACE);
	if (!err)
		describe_first(w, &a, ret);
	return err;
}
