// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/query.h"

#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "track/devices.h"
#include "track/holds.h"
#include "track/internal.h"
#include "track/query_kernel.h"
#include "track/query_maps.h"
#include "track/recover.h"

/* Note which ways were taken: they say how far the answer can be trusted. */
static void note_sources(const struct tracker *t, struct answer *a)
{
	static const enum fact told[] = { FACT_SOCKETS, FACT_HOLDERS, FACT_TASKS, FACT_ENTRIES };

	for (size_t i = 0; i < ARRAY_SIZE(told); i++)
		if (t->source[told[i]] && a->nr_sources < ANSWER_SOURCES)
			a->sources[a->nr_sources++] =
				(struct answer_source){ fact_name(told[i]),
							t->source[told[i]]->name };
}

int query_run(struct tracker *t, const struct query *q, struct answer *a)
{
	struct gather g = { .t = t, .q = q, .a = a };
	int err;

	a->time_ns = clock_boot_ns();
	a->from_tracker = t->kind != TRACKER_SNAPSHOT;
	recover(t);
	a->is_root = !geteuid();
	err = tracker_degraded(t, &a->degraded);
	if (err)
		return err;
	memset(t->source, 0, sizeof(t->source));
	if (!a->from_tracker || a->degraded)
		a->unknown |= UNKNOWN_CREATOR;
	err = !a->from_tracker || a->degraded ? query_kernel(&g) : query_maps(&g);
	sockmap_done(&g.by_id);
	note_sources(t, a);
	if (!err)
		devices_name(t, a);
	return err;
}

int query_holds_port(struct tracker *t, const struct pw_event *ev)
{
	const struct pw_sock s = {
		.proto = ev->proto,
		.family = ev->family,
		.state = ev->new_state,
		.laddr = ev->laddr,
		.raddr = ev->raddr,
		.lport = ev->lport,
		.rport = ev->rport,
		.cookie = ev->cookie,
	};

	return holds_port(t, ev->sk, &s);
}
