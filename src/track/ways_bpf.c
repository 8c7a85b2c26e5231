// SPDX-License-Identifier: GPL-2.0-or-later
/* The ways that take a BPF program: iterators, and programs that are run by hand. */
#include <errno.h>

#include "base/cleanup.h"
#include "track/byhand.h"
#include "track/internal.h"
#include "track/iter.h"
#include "track/ways.h"

struct record_sink {
	rec_fn fn;
	void *arg;
};

static int on_rec(void *arg, const void *rec)
{
	const struct record_sink *s = arg;

	return s->fn ? s->fn(s->arg, rec) : 0;
}

static int by_iter(struct tracker *t, enum prog_id prog, const struct question *q, rec_fn fn,
		   void *arg)
{
	struct record_sink s = { fn, arg };

	return iter_run(t, prog, q, sizeof(struct pw_rec), on_rec, &s);
}

int way_holders_walk(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	return byhand_records(t, PROG_WALK, q, 0, fn, arg);
}

int way_holders_one(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	return by_iter(t, PROG_WALK_FILES, q, fn, arg);
}

struct of_pid {
	uint32_t pid;
	struct record_sink sink;
};

static int on_rec_of(void *arg, const void *rec)
{
	const struct of_pid *o = arg;
	const struct pw_rec *r = rec;

	return !o->pid || r->pid == o->pid ? o->sink.fn(o->sink.arg, r) : 0;
}

/* Before 6.1 it visits everybody, whoever is asked for. */
int way_holders_iter(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	struct of_pid o = { .pid = q->pid, .sink = { fn, arg } };
	struct question all = *q;

	all.pid = 0;
	return iter_run(t, PROG_WALK_FILES, &all, sizeof(struct pw_rec), on_rec_of, &o);
}

int way_tasks_walk(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	return byhand_records(t, PROG_WALK, q, PW_Q_TASKS | (q->namespaces ? PW_Q_NETNS : 0), fn,
			      arg);
}

int way_tasks_iter(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	(void)q;
	return by_iter(t, PROG_WALK_TASKS, NULL, fn, arg);
}

int way_sockets_iter(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	int err = q->proto == PW_UDP ? 0 : by_iter(t, PROG_DUMP_TCP, q, fn, arg);

	if (err || q->proto == PW_TCP || q->small)
		return err;
	return by_iter(t, PROG_DUMP_UDP, q, fn, arg);
}

int way_entries_each(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	return byhand_records(t, PROG_EACH_SOCKET, q, 0, fn, arg);
}

int way_entries_iter(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	struct record_sink s = { fn, arg };

	return iter_run_map(t, PROG_DUMP_SOCKETS, MAP_SOCKETS, q, sizeof(struct pw_rec), on_rec,
			    &s);
}

/* The sink knows that these records are of another type. */
int way_churn_iter(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	struct record_sink s = { fn, arg };

	(void)q;
	return iter_run(t, PROG_DUMP_CHURN, NULL, sizeof(struct pw_churn_rec), on_rec, &s);
}

int way_mark_iter(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	(void)q;
	return by_iter(t, PROG_MARK_TIMEWAIT, NULL, fn, arg);
}

int way_sweep_each(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	int r;

	(void)q, (void)fn, (void)arg;
	r = byhand_run(t, PROG_SWEEP_EACH, NULL, 0);
	return r < 0 ? r : 0;
}

int way_sweep_iter(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	(void)q, (void)fn, (void)arg;
	return iter_run_map(t, PROG_SWEEP_TIMEWAIT, MAP_TIMEWAIT, NULL, sizeof(struct pw_rec), NULL,
			    NULL);
}

int way_seed_iter(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	(void)q;
	return by_iter(t, PROG_SEED_FILES, NULL, fn, arg);
}

int way_seed_walk(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	struct pw_ask ask = { .parts = 1 };
	int r;

	(void)q, (void)fn, (void)arg;
	r = byhand_run(t, PROG_SEED_WALK, (const uint64_t *)&ask, sizeof(ask) / sizeof(uint64_t));
	return r < 0 ? r : 0;
}

int way_seed_sockets(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	int err = by_iter(t, PROG_SEED_TCP, NULL, fn, arg);

	(void)q;
	return err ? err : by_iter(t, PROG_SEED_UDP, NULL, fn, arg);
}
