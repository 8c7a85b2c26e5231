// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/facts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "tables/diag.h"
#include "tables/procfd.h"
#include "tables/procnet.h"
#include "tables/procns.h"
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
	return by_iter(t, PROG_WALK_FILES, q, fn, arg);
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

/* It knows inode numbers alone: the sockets must be known. */
static int holders_proc(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	if (!q->inodes)
		return -EOPNOTSUPP;
	t->blind = (struct procfd_blind){};
	return procfd_holders(q, q->inodes, fn, arg, &t->blind);
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

struct namespace_sink {
	rec_fn fn;
	void *arg;
};

static int on_namespace(void *arg, uint32_t inode, uint32_t pid)
{
	const struct namespace_sink *s = arg;
	struct pw_rec rec = { .kind = PW_REC_TASK, .pid = pid, .netns = inode };

	return s->fn(s->arg, &rec);
}

static int tasks_proc(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	struct namespace_sink s = { fn, arg };

	(void)t, (void)q;
	return procns_each(on_namespace, &s);
}

static int sockets_diag(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	(void)t;
	return diag_sockets(q, fn, arg);
}

static int sockets_proc(struct tracker *t, const struct question *q, rec_fn fn, void *arg)
{
	(void)t;
	return procnet_sockets(0, q, fn, arg);
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

#define BIND KNOWS_BIND
#define REFS KNOWS_REFS
#define ONE KNOWS_ONE
#define PIDS KNOWS_PIDS

#define PROGS(nr, ...) .nr_progs = nr, .progs = { __VA_ARGS__ }

/* clang-format off */
const struct source sources[] = {
	{ FACT_SOCKETS, "iterators", BIND, sockets_iter, PROGS(2, PROG_DUMP_TCP, PROG_DUMP_UDP) },
	{ FACT_SOCKETS, "sock_diag", 0, sockets_diag,
	  .loss = "options that decide whether a port can be bound are not known" },
	{ FACT_SOCKETS, "/proc/net", 0, sockets_proc,
	  .loss = "sockets that are only bound are not seen, nor is one that takes another's place" },

	{ FACT_HOLDERS, "iterator of one process", BIND | REFS | ONE, holders_one, PROGS(1, PROG_WALK_FILES),
	  .one_only = true },
	{ FACT_HOLDERS, "walk", BIND | REFS | ONE, holders_walk, PROGS(1, PROG_WALK) },
	{ FACT_HOLDERS, "iterator", BIND | REFS, holders_iter, PROGS(1, PROG_WALK_FILES) },
	{ FACT_HOLDERS, "/proc/PID/fd", 0, holders_proc,
	  .loss = "that nobody else holds a socket cannot be proved" },

	{ FACT_TASKS, "walk", PIDS, tasks_walk, PROGS(1, PROG_WALK) },
	{ FACT_TASKS, "iterator", PIDS, tasks_iter, PROGS(1, PROG_WALK_TASKS) },
	{ FACT_TASKS, "/proc/PID/ns", 0, tasks_proc,
	  .loss = "namespaces of processes that may not be looked at are not entered" },

	{ FACT_ENTRIES, "run over elements", BIND, entries_each, PROGS(1, PROG_EACH_SOCKET) },
	{ FACT_ENTRIES, "iterator", BIND, entries_iter, PROGS(1, PROG_DUMP_SOCKETS) },

	{ FACT_CHURN, "iterator", 0, churn_iter, PROGS(1, PROG_DUMP_CHURN) },

	{ FACT_TW_MARK, "iterator", 0, mark_iter, PROGS(1, PROG_MARK_TIMEWAIT) },

	{ FACT_TW_SWEEP, "run over elements", 0, sweep_each, PROGS(1, PROG_SWEEP_EACH) },
	{ FACT_TW_SWEEP, "iterator", 0, sweep_iter, PROGS(1, PROG_SWEEP_TIMEWAIT) },

	{ FACT_SEED_HOLDERS, "iterator", 0, seed_iter, PROGS(1, PROG_SEED_FILES) },
	{ FACT_SEED_HOLDERS, "walk", 0, seed_walk, PROGS(1, PROG_SEED_WALK) },

	{ FACT_SEED_SOCKETS, "iterators", 0, seed_sockets, PROGS(2, PROG_SEED_TCP, PROG_SEED_UDP) },
};
/* clang-format on */

const size_t nr_sources = ARRAY_SIZE(sources);

_Static_assert(ARRAY_SIZE(sources) <= MAX_SOURCES, "room in struct tracker");

static const char *const fact_names[FACT_MAX] = {
	[FACT_SOCKETS] = "sockets",
	[FACT_HOLDERS] = "holders",
	[FACT_TASKS] = "namespaces",
	[FACT_ENTRIES] = "entries",
	[FACT_CHURN] = "timewait",
	[FACT_TW_MARK] = "timewait-seen",
	[FACT_TW_SWEEP] = "timewait-ends",
	[FACT_SEED_HOLDERS] = "earlier-holders",
	[FACT_SEED_SOCKETS] = "earlier-sockets",
};

const struct source *facts_walk(void)
{
	for (size_t i = 0; i < nr_sources; i++)
		if (sources[i].run == holders_walk)
			return &sources[i];
	return NULL;
}

const char *fact_name(enum fact fact)
{
	return fact_names[fact];
}

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
	for (size_t i = 0; i < nr_sources; i++) {
		const struct source *s = &sources[i];
		int err;

		if (s->fact != c->fact || c->tried & 1u << i || (s->knows & wants) != wants ||
		    (s->one_only && !c->q->pid) || (only_at_hand && !at_hand(c->t, s)))
			continue;
		c->tried |= 1u << i;
		err = attempt(c->t, s, c->q, &c->sink);
		if (!err)
			c->t->source[c->fact] = s;
		if (!err || c->sink.err || !is_refusal(err, c->q, &c->sink))
			return err;
		c->refusal = err;
		c->t->refused[i] = err;
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
		   fact_names[fact], strerror(-(c.refusal ?: -EOPNOTSUPP)));
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
