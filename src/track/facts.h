/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * facts: what is asked about sockets and processes now, and the ways to learn it, best first, as
 * hooks.h has them for events. A way that the kernel refuses costs nothing but that way: the
 * next is taken, and what is then not known is said.
 *
 * A new way is a row in facts.c, and its function.
 */
#ifndef TRACK_FACTS_H
#define TRACK_FACTS_H

#include <stddef.h>

#include "tables/question.h"
#include "track/register.h"
#include "track/tracker.h"

enum fact {
	FACT_SOCKETS,	   /* the sockets of the network namespace that we are in */
	FACT_HOLDERS,	   /* the descriptors of sockets, of all processes or of one */
	FACT_TASKS,	   /* the processes and their network namespaces */
	FACT_ENTRIES,	   /* the tracker's own map of sockets, whole */
	FACT_CHURN,	   /* what occupies ports in the namespace: struct pw_churn_rec */
	FACT_TW_MARK,	   /* each TIME-WAIT socket of the namespace marks its entry */
	FACT_TW_SWEEP,	   /* entries that were not marked go */
	FACT_SEED_HOLDERS, /* sockets with descriptors are put into the tracker's maps */
	FACT_SEED_SOCKETS, /* and what else the namespace has */
	FACT_MAX
};

/* Knowledge that a way has beyond the fact itself. */
enum knows {
	KNOWS_BIND = 1 << 0, /* what a later bind() depends on: options, struct pw_bind */
	KNOWS_REFS = 1 << 1, /* how many descriptors there are: that nobody else holds it */
	KNOWS_ONE = 1 << 2,  /* one process by itself, at little cost (question.pid) */
	KNOWS_PIDS = 1 << 3, /* every process, with its number in the initial PID namespace */
};

#define SOURCE_PROGS 2
#define MAX_SOURCES 32

struct source {
	enum fact fact;
	const char *name;
	unsigned int knows; /* enum knows */
	int (*run)(struct tracker *t, const struct question *q, rec_fn fn, void *arg);
	size_t nr_progs; /* programs that it takes: loaded together, where the kernel lets us */
	enum prog_id progs[SOURCE_PROGS];
	bool one_only;	   /* it answers about one process only (question.pid) */
	bool proves_types; /* by it: whether programs loaded with types from a file can be believed
			    */
	/* Whether TCP sockets that are only bound are shown: 1, 0 or a negative errno. NULL: no. */
	int (*shows_bound)(void);
	bool hides_devices; /* that sockets are bound to */
	const char *loss;   /* what the user loses by it; NULL: nothing */
};

/* All ways. The ways of a fact stand together, best first. */
extern const struct source sources[];
extern const size_t nr_sources;

/* Return the source that proves programs loaded with types from a file, see proof.h. */
const struct source *facts_proof(void);

/* As in JSON, "sources". */
const char *fact_name(enum fact fact);

/*
 * Goes down the ways of a fact until one works. Those that know what is wanted come first, and of
 * these the ones whose programs are at hand. 0; what fn returned; -ENOMEM; -ESRCH: the process
 * asked for is gone; else the last refusal, and tracker_reason() says whose.
 */
int fact_get(struct tracker *t, enum fact fact, unsigned int wants, const struct question *q,
	     rec_fn fn, void *arg);

/* As fact_get(), with only the ways that know all that is needed. -EOPNOTSUPP: there is none. */
int fact_need(struct tracker *t, enum fact fact, unsigned int needs, const struct question *q,
	      rec_fn fn, void *arg);

/* Loads what a tracker that stays needs for later questions: for each fact the programs of the best
 * way that can be loaded, and those that repair. */
void facts_load(struct tracker *t);

/* FACT_CHURN, whose records are of another type. */
int facts_churn(struct tracker *t, int (*fn)(void *arg, const struct pw_churn_rec *rec), void *arg);

/* Has every way to learn this fact been tried, and refused? */
bool fact_refused(const struct tracker *t, enum fact fact);

/* The name of the way that answered last, NULL: none did. */
const char *fact_source(const struct tracker *t, enum fact fact);

#endif
