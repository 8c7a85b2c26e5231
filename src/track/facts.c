// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/facts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "tables/diag.h"
#include "track/internal.h"
#include "track/ways.h"

/* Where records go, and whether any went there. */
struct sink {
	rec_fn fn;
	void *arg;
	bool any;
	int err; /* what fn returned */
};

/* ---- the table ---- */

#define BIND KNOWS_BIND
#define REFS KNOWS_REFS
#define ONE KNOWS_ONE
#define PIDS KNOWS_PIDS

#define PROGS(nr, ...) .nr_progs = nr, .progs = { __VA_ARGS__ }

/* clang-format off */
const struct source sources[] = {
	{ FACT_SOCKETS, "iterators", BIND, way_sockets_iter, PROGS(2, PROG_DUMP_TCP, PROG_DUMP_UDP) },
	{ FACT_SOCKETS, "sock_diag", 0, way_sockets_diag, .shows_bound = diag_shows_bound,
	  .loss = "options that decide whether a port can be bound are not known" },
	{ FACT_SOCKETS, "/proc/net", 0, way_sockets_proc, .hides_devices = true,
	  .loss = "sockets that are only bound are not seen, nor is one that takes another's place" },

	{ FACT_HOLDERS, "iterator of one process", BIND | REFS | ONE, way_holders_one, PROGS(1, PROG_WALK_FILES),
	  .one_only = true },
	{ FACT_HOLDERS, "walk", BIND | REFS | ONE, way_holders_walk, PROGS(1, PROG_WALK),
	  .proves_types = true },
	{ FACT_HOLDERS, "iterator", BIND | REFS, way_holders_iter, PROGS(1, PROG_WALK_FILES) },
	{ FACT_HOLDERS, "/proc/PID/fd", 0, way_holders_proc,
	  .loss = "that nobody else holds a socket cannot be proved" },

	{ FACT_TASKS, "walk", PIDS, way_tasks_walk, PROGS(1, PROG_WALK) },
	{ FACT_TASKS, "iterator", PIDS, way_tasks_iter, PROGS(1, PROG_WALK_TASKS) },
	{ FACT_TASKS, "/proc/PID/ns", 0, way_tasks_proc,
	  .loss = "namespaces of processes that may not be looked at are not entered" },

	{ FACT_ENTRIES, "run over elements", BIND, way_entries_each, PROGS(1, PROG_EACH_SOCKET) },
	{ FACT_ENTRIES, "iterator", BIND, way_entries_iter, PROGS(1, PROG_DUMP_SOCKETS) },

	{ FACT_CHURN, "iterator", 0, way_churn_iter, PROGS(1, PROG_DUMP_CHURN) },
	{ FACT_CHURN, "sock_diag", 0, way_churn_diag,
	  .loss = "the process that left a TIME-WAIT is not known" },
	{ FACT_CHURN, "/proc/net", 0, way_churn_proc,
	  .loss = "the process that left a TIME-WAIT is not known" },

	{ FACT_TW_MARK, "iterator", 0, way_mark_iter, PROGS(1, PROG_MARK_TIMEWAIT) },

	{ FACT_TW_SWEEP, "run over elements", 0, way_sweep_each, PROGS(1, PROG_SWEEP_EACH) },
	{ FACT_TW_SWEEP, "iterator", 0, way_sweep_iter, PROGS(1, PROG_SWEEP_TIMEWAIT) },

	{ FACT_SEED_HOLDERS, "iterator", 0, way_seed_iter, PROGS(1, PROG_SEED_FILES) },
	{ FACT_SEED_HOLDERS, "walk", 0, way_seed_walk, PROGS(1, PROG_SEED_WALK) },

	{ FACT_SEED_SOCKETS, "iterators", 0, way_seed_sockets, PROGS(2, PROG_SEED_TCP, PROG_SEED_UDP) },
};
/* clang-format on */

const size_t nr_sources = ARRAY_SIZE(sources);

_Static_assert(ARRAY_SIZE(sources) <= MAX_SOURCES, "room in struct tracker");

static const struct {
	const char *name; /* in JSON */
	const char *text; /* in a sentence: "every way to learn …" */
} facts[FACT_MAX] = {
	[FACT_SOCKETS] = { "sockets", "which sockets there are" },
	[FACT_HOLDERS] = { "holders", "which processes hold the sockets" },
	[FACT_TASKS] = { "namespaces", "which network namespaces there are" },
	[FACT_ENTRIES] = { "entries", "which sockets the tracker knows" },
	[FACT_CHURN] = { "timewait", "which sockets are in TIME-WAIT" },
	[FACT_TW_MARK] = { "timewait-seen", "which sockets are still in TIME-WAIT" },
	[FACT_TW_SWEEP] = { "timewait-ends", "which sockets have left TIME-WAIT" },
	[FACT_SEED_HOLDERS] = { "earlier-holders", "who held sockets before the tracker" },
	[FACT_SEED_SOCKETS] = { "earlier-sockets", "which sockets are older than the tracker" },
};

const struct source *facts_proof(void)
{
	for (size_t i = 0; i < nr_sources; i++)
		if (sources[i].proves_types)
			return &sources[i];
	return NULL;
}

const char *fact_name(enum fact fact)
{
	return facts[fact].name;
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
		if (!progs_at_hand(t, s->progs[i]))
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

/* Does the next way have to be tried? Of the errors that a refusal comes as there are many: EPERM,
 * EACCES, EINVAL, ENOSYS, ENOENT, EOPNOTSUPP, ENOTSUPP (524), E2BIG … and ENOMEM or EMFILE, where a
 * way that needs less may still answer. Not if records came already, or if the process is gone. */
static bool is_refusal(int err, const struct question *q, const struct sink *sink)
{
	return !sink->any && !(err == -ESRCH && q->pid);
}

struct choice_of {
	struct tracker *t;
	enum fact fact;
	const struct question *q;
	struct sink sink;
	unsigned int tried; /* bit per way */
	int refusal;
};

/* Try the ways once, in order. Return 1 if none of them works. */
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
	bool ours;

	if (err > 0)
		err = pass(&c, wants, false);
	if (err > 0 && !only)
		err = pass(&c, 0, false);
	if (err <= 0)
		return err;
	/* A tracker that is taken out meanwhile leaves no way either, and no kernel refused it. */
	err = tracker_still_there(t);
	if (err)
		return err;
	/* Callers take these for their own want, which ends a question; a refusal must not. */
	ours = c.refusal == -ENOMEM || c.refusal == -EMFILE || c.refusal == -ENFILE;
	err = ours || !c.refusal ? -EOPNOTSUPP : c.refusal;
	return failed(err, "the kernel refuses every way to learn %s: %s", facts[fact].text,
		      strerror(-(c.refusal ?: err)));
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

bool fact_refused(const struct tracker *t, enum fact fact)
{
	for (size_t i = 0; i < nr_sources; i++)
		if (sources[i].fact == fact && !t->refused[i])
			return false;
	return true;
}

static bool is_loaded(const struct tracker *t, const struct source *s)
{
	for (size_t i = 0; i < s->nr_progs; i++)
		if (t->prog[s->progs[i]] < 0)
			return false;
	return true;
}

/* The next way of each fact that none has been loaded of yet. False: there is none. */
static bool next_progs(const struct tracker *t, bool tried[], enum prog_id *ids, size_t *ret_nr)
{
	bool met[FACT_MAX] = {};

	for (size_t i = 0; i < nr_sources; i++) {
		const struct source *s = &sources[i];

		met[s->fact] = met[s->fact] || (s->nr_progs && is_loaded(t, s));
		if (met[s->fact] || tried[i] || !s->nr_progs)
			continue;
		tried[i] = met[s->fact] = true;
		for (size_t k = 0; k < s->nr_progs; k++)
			ids[(*ret_nr)++] = s->progs[k];
	}
	return *ret_nr;
}

void facts_load(struct tracker *t)
{
	/* The walk, besides the iterator of one process: both are asked for holders. */
	enum prog_id ids[SOURCE_PROGS * MAX_SOURCES] = { PROG_HOLDS_PORT, PROG_MEND, PROG_WALK };
	bool tried[MAX_SOURCES] = {};
	size_t nr = 3;

	while (next_progs(t, tried, ids, &nr)) {
		progs_load(t, ids, nr);
		nr = 0;
	}
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
