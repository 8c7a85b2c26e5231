// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/facts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "track/byhand.h"
#include "track/internal.h"
#include "track/iter.h"

/* Where records go, and whether any went there. */
struct sink {
	rec_fn fn;
	void *arg;
	bool any;
	int err; /* what fn returned */
};

/* ---- the ways ---- */

static int on_rec(void *arg, const void *rec)
{
	const struct sink *s = arg;

	return s->fn ? s->fn(s->arg, rec) : 0;
}

static int by_iter(struct tracker *t, enum prog_id prog, const struct question *q, rec_fn fn,
		   void *arg)
{
	struct sink s = { .fn = fn, .arg = arg };

	return iter_run(t, prog, q, sizeof(struct pw_rec), on_rec, &s);
}

static int holders_walk(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	return byhand_records(t, PROG_WALK, q, 0, fn, arg);
}

static int holders_one(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	return q->pid ? by_iter(t, PROG_WALK_FILES, q, fn, arg) : -EOPNOTSUPP;
}

struct of_pid {
	uint32_t pid;
	struct sink sink;
};

static int on_rec_of(void *arg, const void *rec)
{
	const struct of_pid *o = arg;
	const struct pw_rec *r = rec;

	return !o->pid || r->pid == o->pid ? o->sink.fn(o->sink.arg, r) : 0;
}

/* Before 6.1 it visits everybody, whoever is asked for. */
static int holders_iter(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	struct of_pid o = { .pid = q->pid, .sink = { .fn = fn, .arg = arg } };
	struct question all = *q;

	all.pid = 0;
	return iter_run(t, PROG_WALK_FILES, &all, sizeof(struct pw_rec), on_rec_of, &o);
}

static int tasks_walk(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	return byhand_records(t, PROG_WALK, q, PW_Q_TASKS, fn, arg);
}

static int tasks_iter(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	(void)q;
	return by_iter(t, PROG_WALK_TASKS, NULL, fn, arg);
}

static int sockets_iter(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	int err = q->proto == PW_UDP ? 0 : by_iter(t, PROG_DUMP_TCP, q, fn, arg);

	if (err || q->proto == PW_TCP || q->small)
		return err;
	return by_iter(t, PROG_DUMP_UDP, q, fn, arg);
}

static int entries_each(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	return byhand_records(t, PROG_EACH_SOCKET, q, 0, fn, arg);
}

static int entries_iter(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	struct sink s = { .fn = fn, .arg = arg };

	return iter_run_map(t, PROG_DUMP_SOCKETS, MAP_SOCKETS, q, sizeof(struct pw_rec), on_rec,
			    &s);
}

/* The sink knows that these records are of another type. */
static int churn_iter(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	struct sink s = { .fn = fn, .arg = arg };

	(void)q;
	return iter_run(t, PROG_DUMP_CHURN, NULL, sizeof(struct pw_churn_rec), on_rec, &s);
}

static int mark_iter(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	(void)q;
	return by_iter(t, PROG_MARK_TIMEWAIT, NULL, fn, arg);
}

static int sweep_each(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	int r;

	(void)q, (void)fn, (void)arg;
	r = byhand_run(t, PROG_SWEEP_EACH, NULL, 0);
	return r < 0 ? r : 0;
}

static int sweep_iter(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	(void)q, (void)fn, (void)arg;
	return iter_run_map(t, PROG_SWEEP_TIMEWAIT, MAP_TIMEWAIT, NULL, sizeof(struct pw_rec), NULL,
			    NULL);
}

static int seed_iter(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	(void)q;
	return by_iter(t, PROG_SEED_FILES, NULL, fn, arg);
}

static int seed_walk(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	struct pw_ask ask = { .parts = 1 };
	int r;

	(void)q, (void)fn, (void)arg;
	r = byhand_run(t, PROG_SEED_WALK, (const uint64_t *)&ask, sizeof(ask) / sizeof(uint64_t));
	return r < 0 ? r : 0;
}

static int seed_sockets(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	int err = by_iter(t, PROG_SEED_TCP, NULL, fn, arg);

	(void)q;
	return err ? err : by_iter(t, PROG_SEED_UDP, NULL, fn, arg);
}

/* ---- the table ---- */

#define PROGS(...)                                                                                 \
	.progs = { __VA_ARGS__ },                                                                  \
	.nr_progs = sizeof((enum prog_id[]){ __VA_ARGS__ }) / sizeof(enum prog_id)

const struct fact_row facts[FACT_MAX] = {
	[FACT_SOCKETS] = { "sockets",
			   {
				   { .name = "iterators",
				     .knows = KNOWS_BIND,
				     PROGS(PROG_DUMP_TCP, PROG_DUMP_UDP),
				     .run = sockets_iter },
			   } },
	[FACT_HOLDERS] = { "holders",
			   {
				   { .name = "iterator of one process",
				     .knows = KNOWS_BIND | KNOWS_REFS | KNOWS_ONE,
				     PROGS(PROG_WALK_FILES),
				     .run = holders_one },
				   { .name = "walk",
				     .knows = KNOWS_BIND | KNOWS_REFS | KNOWS_ONE,
				     PROGS(PROG_WALK),
				     .run = holders_walk },
				   { .name = "iterator",
				     .knows = KNOWS_BIND | KNOWS_REFS,
				     PROGS(PROG_WALK_FILES),
				     .run = holders_iter },
			   } },
	[FACT_TASKS] = { "processes",
			 {
				 { .name = "walk", PROGS(PROG_WALK), .run = tasks_walk },
				 { .name = "iterator", PROGS(PROG_WALK_TASKS), .run = tasks_iter },
			 } },
	[FACT_ENTRIES] = { "entries",
			   {
				   { .name = "run over elements",
				     .knows = KNOWS_BIND,
				     PROGS(PROG_EACH_SOCKET),
				     .run = entries_each },
				   { .name = "iterator",
				     .knows = KNOWS_BIND,
				     PROGS(PROG_DUMP_SOCKETS),
				     .run = entries_iter },
			   } },
	[FACT_CHURN] = { "timewait",
			 {
				 { .name = "iterator", PROGS(PROG_DUMP_CHURN), .run = churn_iter },
			 } },
	[FACT_TW_MARK] = { "timewait-seen",
			   {
				   { .name = "iterator",
				     PROGS(PROG_MARK_TIMEWAIT),
				     .run = mark_iter },
			   } },
	[FACT_TW_SWEEP] = { "timewait-ends",
			    {
				    { .name = "run over elements",
				      PROGS(PROG_SWEEP_EACH),
				      .run = sweep_each },
				    { .name = "iterator",
				      PROGS(PROG_SWEEP_TIMEWAIT),
				      .run = sweep_iter },
			    } },
	[FACT_SEED_HOLDERS] = { "earlier-holders",
				{
					{ .name = "iterator",
					  PROGS(PROG_SEED_FILES),
					  .run = seed_iter },
					{ .name = "walk", PROGS(PROG_SEED_WALK), .run = seed_walk },
				} },
	[FACT_SEED_SOCKETS] = { "earlier-sockets",
				{
					{ .name = "iterators",
					  PROGS(PROG_SEED_TCP, PROG_SEED_UDP),
					  .run = seed_sockets },
				} },
};

/* ---- the choice ---- */

static int on_record(void *arg, const struct pw_rec *rec)
{
	struct sink *s = arg;

	s->any = true;
	s->err = s->fn ? s->fn(s->arg, rec) : 0;
	return s->err;
}

static bool at_hand(const struct tracker *t, const struct source *s)
{
	for (size_t i = 0; i < s->nr_progs; i++)
		if (!tracker_prog_at_hand(t, s->progs[i]))
			return false;
	return true;
}

/* Several programs of one way are loaded together: reading the kernel's types is what takes time.
 */
static int attempt(struct tracker *t, const struct source *s, const struct question *q,
		   struct sink *sink)
{
	if (t->kind != TRACKER_PINNED)
		progs_load(t, s->progs, s->nr_progs);
	return s->run(t, q, on_record, sink);
}

/* Is it the kernel's, and not ours, that this way does not work? Of the answers that mean so there
 * are many: EPERM, EACCES, EINVAL, ENOSYS, ENOENT, EOPNOTSUPP, ENOTSUPP (524), E2BIG … */
static bool is_refusal(int err, const struct question *q, const struct sink *sink)
{
	return !sink->any && err != -ENOMEM && err != -EMFILE && err != -ENFILE &&
	       !(err == -ESRCH && q->pid);
}

struct choice_of {
	struct tracker *t;
	enum fact fact;
	const struct question *q;
	struct sink sink;
	unsigned int tried; /* bit per way */
	int refusal;
};

/* One pass over the ways. 1: none of them works. */
static int pass(struct choice_of *c, unsigned int wants, bool only_at_hand)
{
	for (size_t i = 0; i < FACT_SOURCES && facts[c->fact].sources[i].name; i++) {
		const struct source *s = &facts[c->fact].sources[i];
		int err;

		if (c->tried & 1u << i || (s->knows & wants) != wants ||
		    (only_at_hand && !at_hand(c->t, s)))
			continue;
		c->tried |= 1u << i;
		err = attempt(c->t, s, c->q, &c->sink);
		if (!err)
			c->t->source[c->fact] = s;
		if (!err || c->sink.err || !is_refusal(err, c->q, &c->sink))
			return err;
		c->refusal = err;
		c->t->refused[c->fact][i] = err;
	}
	return 1;
}

static int get(struct tracker *t, enum fact fact, unsigned int wants, bool only,
	       const struct question *q, rec_fn fn, void *arg)
{
	struct choice_of c = { .t = t, .fact = fact, .q = q, .sink = { .fn = fn, .arg = arg } };
	int err = pass(&c, wants, true);

	if (err > 0)
		err = pass(&c, wants, false);
	if (err > 0 && !only)
		err = pass(&c, 0, false);
	if (err <= 0)
		return err;
	return why(c.refusal ?: -EOPNOTSUPP, "the kernel refuses every way to learn the %s: %s",
		   facts[fact].name, strerror(-(c.refusal ?: -EOPNOTSUPP)));
}

int fact_get(struct tracker *t, enum fact fact, unsigned int wants, const struct question *q,
	     rec_fn fn, void *arg)
{
	return get(t, fact, wants, false, q, fn, arg);
}

int fact_need(struct tracker *t, enum fact fact, unsigned int needs, const struct question *q,
	      rec_fn fn, void *arg)
{
	return get(t, fact, needs, true, q, fn, arg);
}

struct churn_sink {
	int (*fn)(void *arg, const struct pw_churn_rec *rec);
	void *arg;
};

static int on_churn(void *arg, const struct pw_rec *rec)
{
	const struct churn_sink *s = arg;

	return s->fn(s->arg, (const void *)rec);
}

int facts_churn(struct tracker *t, int (*fn)(void *arg, const struct pw_churn_rec *rec), void *arg)
{
	struct churn_sink s = { fn, arg };

	return fact_get(t, FACT_CHURN, 0, &(struct question){}, on_churn, &s);
}

const char *fact_source(const struct tracker *t, enum fact fact)
{
	return t->source[fact] ? t->source[fact]->name : NULL;
}
