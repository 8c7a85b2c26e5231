// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/export_collect.h"

#include <errno.h>
#include <linux/capability.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/vec.h"
#include "flow/ask.h"
#include "flow/churn_query.h"
#include "flow/export_guard.h"
#include "flow/export_health.h"
#include "flow/source.h"
#include "model/export_counts.h"
#include "model/export_sockets.h"
#include "sys/caps.h"
#include "sys/netns.h"
#include "sys/proc.h"
#include "track/churn.h"
#include "track/query.h"
#include "track/status.h"

/* The time that the rates of a first look cover. */
#define FIRST_INTERVAL_NS (10 * NSEC_PER_SEC)

DEFINE_CLEANUP(struct session *, session_free);

struct scrape {
	struct exporter *e;
	struct tracker *t;
	struct export_limits limits;
	bool loaded;
	bool ends; /* of TIME-WAIT are counted */
};

void exporter_init(struct exporter *e)
{
	churn_init(&e->churn);
}

static void forget_tracker(struct exporter *e)
{
	e->session = session_free(e->session);
	e->traced = tracker_free(e->traced);
	churn_done(&e->churn);
	churn_init(&e->churn);
}

void exporter_done(struct exporter *e)
{
	forget_tracker(e);
	churn_done(&e->churn);
	metrics_done(&e->metrics);
}

/* Open the session that counts refused binds, on a tracker of its own that stays open from look to
 * look: system calls are traced for as long as the session is loaded. */
static void trace_binds(struct exporter *e)
{
	static const struct pw_filter filter = { .events = 1u << PW_EV_BIND_FAILED };
	int err = source_open(&e->tracker, TRACKER_SNAPSHOT, NULL, &e->traced);

	/* Nobody's slot: it counts, and tells no one. */
	if (!err)
		err = session_new(e->traced, PW_MAX_READERS, &filter, &e->session);
	if (err || !e->session)
		log_warn("refused binds are not counted: %s", tracker_reason());
}

/* Another tracker than at the last look, or none: counters begin anew, and so do rates. */
static void meet(struct scrape *l)
{
	uint64_t loaded_ns = l->loaded ? tracker_meta(l->t)->loaded_ns : 0;
	struct exporter *e = l->e;

	if (loaded_ns == e->loaded_ns)
		return;
	forget_tracker(e);
	e->loaded_ns = loaded_ns;
	if (loaded_ns && e->bind_failures &&
	    tracker_meta(l->t)->variant[PW_NEED_BIND_FAILED] == PW_VAR_SYSCALL)
		trace_binds(e);
}

static bool is_ours(void *arg, const struct answer *a, const struct socket *s)
{
	(void)a;
	return s->s.netns == *(const uint32_t *)arg;
}

static bool is_listener(void *arg, const struct answer *a, const struct socket *s)
{
	(void)arg;
	(void)a;
	return export_is_listener(s);
}

static int add_accepts(struct scrape *l, const struct answer *a)
{
	VEC(struct export_accepts) ports = {};
	uint64_t seen[1024] = {};
	struct pw_port port;
	int err = 0;

	for (size_t i = 0; i < a->nr_sockets && !err; i++) {
		const struct pw_sock *s = &a->sockets[i].s;
		struct export_accepts *new;

		if (s->state != PW_LISTEN || seen[s->lport / 64] >> (s->lport % 64) & 1)
			continue;
		seen[s->lport / 64] |= 1ull << (s->lport % 64);
		err = query_port(l->t, PW_TCP, s->lport, &port);
		new = err ? NULL : VEC_ADD(&ports);
		if (new)
			*new = (struct export_accepts){ port.accepted, s->lport };
		else if (!err)
			err = -ENOMEM;
	}
	if (!err)
		export_accepts(ports.v, ports.nr, &l->limits, &l->e->metrics);
	free(ports.v);
	return err;
}

static int add_sockets(struct scrape *l)
{
	_cleanup_(export_sockets_done) struct export_sockets sockets;
	_cleanup_(answer_done) struct answer answer;
	struct query q = { .holders = true, .no_small = true };
	struct metrics *m = &l->e->metrics;
	int err;

	export_sockets_init(&sockets);
	answer_init(&answer);
	if (l->e->own_netns)
		q.netns = l->limits.self;
	err = query_run(l->t, &q, &answer);
	if (err)
		return err;
	if (l->e->own_netns)
		answer_keep(&answer, is_ours, &l->limits.self);
	err = export_sockets_count(&sockets, &answer);
	if (!err)
		err = export_sockets_add_timewait(&sockets, &l->e->churn);
	if (err)
		return err;
	err = export_half_closed(&sockets, &answer, &l->limits, m);
	if (err)
		return err;
	answer_keep(&answer, is_listener, NULL);
	err = ask_describe_holders(&answer, PROC_USER | PROC_CGROUP);
	if (!err)
		err = export_listeners(&answer, &l->limits, m);
	if (!err)
		err = export_queues(&answer, &l->limits, m);
	if (!err)
		err = export_sockets(&sockets, &l->limits, m);
	return err || !l->loaded ? err : add_accepts(l, &answer);
}

static int on_tally(void *arg, const struct pw_tally_key *key, const struct pw_tally *count)
{
	struct export_tally *t = hmap_put(arg, key);

	if (!t)
		return -ENOMEM;
	t->counted = *count;
	return 0;
}

static int add_churn(struct scrape *l)
{
	_cleanup_(hmap_done) struct hmap tallies = HMAP(struct export_tally, key);
	struct metrics *m = &l->e->metrics;
	struct churn *c = &l->e->churn;
	int err = churn_tallies(l->t, on_tally, &tallies);

	if (err)
		return err;
	export_timewait(c, l->ends, m);
	err = export_netns(c, &l->limits, m);
	if (!err)
		err = export_tallies(&tallies, c, l->ends, &l->limits, m);
	return err ? err : export_peers(c, &l->limits, m);
}

/* Let the ends of TIME-WAIT be counted that no hook tells of. A pass must see every network
 * namespace, or it would take what it does not see for gone. */
static int sweep(struct scrape *l)
{
	uint8_t how = l->loaded ? tracker_meta(l->t)->variant[PW_NEED_TW_LEAVE] : PW_VAR_NONE;
	int r;

	if (!l->loaded)
		return 0;
	l->ends = how != PW_VAR_ITER && how != PW_VAR_NONE;
	if (how != PW_VAR_ITER || l->e->own_netns || !caps_have(CAP_SYS_ADMIN))
		return 0;
	r = churn_sweep(l->t);
	l->ends = !r;
	/* Without what the kernel refuses for it the ends are not known, and all the rest is. */
	return r >= 0 ? 0 : r == -ENOMEM ? r : tracker_still_there(l->t);
}

static int query_churn(struct scrape *l)
{
	_cleanup_(filter_done) struct filter filter = {};
	int err = l->e->own_netns ? filter_add_netns(&filter, l->limits.self) : 0;

	if (!err)
		err = sweep(l);
	return err ? err : churn_query(l->t, &filter, FIRST_INTERVAL_NS, &l->e->churn);
}

static bool binds_are_counted(const struct scrape *l)
{
	uint8_t how = tracker_meta(l->t)->variant[PW_NEED_BIND_FAILED];

	return how == PW_VAR_FENTRY || how == PW_VAR_KPROBE || l->e->session;
}

static int add_health(struct scrape *l)
{
	struct metrics *m = &l->e->metrics;
	struct tracker_status st;
	bool degraded;
	int err = tracker_status(l->t, &st);

	if (!err)
		err = tracker_degraded(l->t, &degraded);
	if (err)
		return err;
	if (binds_are_counted(l))
		export_bind_failures(st.stats, m);
	export_health(&st, degraded, &l->limits, m);
	return 0;
}

int exporter_collect(struct exporter *e)
{
	_cleanup_(tracker_free_p) struct tracker *tracker = NULL;
	uint64_t start_ns = clock_boot_ns();
	struct scrape l = {
		.e = e,
		.limits = {
			.top = e->top,
			.listeners = e->listeners,
			.nameless = e->nameless,
			.boot_to_real = clock_real_offset_ns(),
		},
	};
	bool hidden;
	int err = source_open(&e->tracker, TRACKER_SNAPSHOT, &hidden, &tracker);

	if (err)
		return err;
	l.t = tracker;
	l.loaded = tracker_kind(tracker) == TRACKER_PINNED;
	netns_self(&l.limits.self); /* stays 0, which no namespace has */
	meet(&l);
	metrics_reset(&e->metrics);
	export_build(&e->metrics);
	if (!hidden)
		export_loaded(&e->metrics, l.loaded);
	err = query_churn(&l);
	if (!err)
		err = add_sockets(&l);
	if (!err)
		err = add_churn(&l);
	if (!err)
		err = export_guard(e->tracker.pin_dir, &l.limits, &e->metrics);
	if (!err && l.loaded)
		err = add_health(&l);
	if (err)
		return err;
	export_dropped(&l.limits, &e->metrics);
	export_duration((clock_boot_ns() - start_ns) / 1e9, &e->metrics);
	return metrics_error(&e->metrics);
}
