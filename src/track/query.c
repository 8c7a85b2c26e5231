// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/query.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "track/devices.h"
#include "track/holds.h"
#include "track/internal.h"
#include "track/lockedmem.h"
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

static bool none(void *arg, const struct answer *a, const struct socket *s)
{
	(void)arg, (void)a, (void)s;
	return false;
}

static int from_kernel(struct gather *g)
{
	g->a->unknown |= UNKNOWN_CREATOR;
	return query_kernel(g);
}

static bool is_want(int err)
{
	return err == -ENOMEM || err == -EMFILE || err == -ENFILE;
}

/* If the maps cannot be read as a whole, or nothing tells whose descriptors they speak of, whatever
 * a look-up has shown: the kernel's tables alone have them all. */
static int from_maps(struct gather *g)
{
	int err = query_maps(g);

	if (!err || is_want(err) || tracker_still_there(g->t))
		return err;
	answer_keep(g->a, none, NULL);
	sockmap_done(&g->by_id);
	g->by_id = (struct sockmap){};
	memset(g->t->source, 0, sizeof(g->t->source));
	lockedmem_note();
	return from_kernel(g);
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
	err = !a->from_tracker || a->degraded ? from_kernel(&g) : from_maps(&g);
	sockmap_done(&g.by_id);
	note_sources(t, a);
	if (!err)
		devices_name(t, a);
	return err;
}

int query_entry(struct tracker *t, uint64_t sk, struct pw_sock *ret)
{
	int fd = tracker_map(t, MAP_SOCKETS);

	if (fd < 0)
		return fd;
	return bpf_map_lookup_elem(fd, &sk, ret) ? -errno : 0;
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
