// SPDX-License-Identifier: GPL-2.0-or-later
#include "tables/fdwalk.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tables/fdtable.h"
#include "tables/thread.h"

#define AT_ONCE 16 /* processes that a thread takes */
#define MANY 64	   /* processes that it is worth to look for a reference among */

/* State that the threads share. */
struct work {
	struct fdwalk *walk;
	const struct pids *pids;
	size_t youngest; /* of the turns */
	bool glance;
	atomic_size_t next;
	atomic_int err; /* the first one */
};

/* State of a thread. */
struct worker {
	struct work *work;
	struct fdwalk own; /* hits and blind */
	struct fdtables tables;
};

static int glance_at_some(struct worker *w, size_t first)
{
	const struct pids *pids = w->work->pids;

	for (size_t i = first; i < first + AT_ONCE && i < pids->list.nr; i++)
		fdtable_glance(&w->tables, pids->list.v[i]);
	return 0;
}

static int look_at_each(struct worker *w, size_t first)
{
	const struct pids *pids = w->work->pids;
	int err = 0;

	for (size_t i = first; i < first + AT_ONCE && i < pids->list.nr && !err; i++)
		err = w->work->walk->own_tables ? fdtable_threads(&w->tables, pids->list.v[i]) :
						  fdtable_process(&w->tables, pids->list.v[i]);
	return err;
}

/* If a reference was closed meanwhile, nothing that was seen by it counts. */
static int look_at_some(struct worker *w, size_t first)
{
	const struct procfd_blind before = w->own.blind;
	const size_t hits = w->own.hits.nr;
	int err;

	w->tables.by_file = false;
	err = look_at_each(w, first);
	if (err || !w->tables.by_file || samefile_hold(&w->work->walk->same))
		return err;
	w->own.blind = before;
	w->own.hits.nr = hits;
	return look_at_each(w, first);
}

/* From the lowest number up and from the youngest process down, in turn: the holder is mostly a
 * process that was there from the beginning, or that has just come, and once it is known the others
 * are quickly looked at. Those above the youngest come last. */
static size_t place_of(size_t turn, size_t youngest)
{
	if (turn > youngest)
		return turn;
	return turn % 2 ? youngest - turn / 2 : turn / 2;
}

/* Where the numbers that the kernel gave last are in the list. */
static size_t youngest_of(const struct fdwalk *w, const struct pids *pids)
{
	uint32_t last = pids_last(w->proc);
	size_t i = pids->list.nr - 1;

	while (i && pids->list.v[i] > last)
		i--;
	return i / AT_ONCE;
}

static void *work_on(void *arg)
{
	struct worker *w = arg;
	const size_t nr = (w->work->pids->list.nr + AT_ONCE - 1) / AT_ONCE;
	int none = 0, err = 0;

	while (!err && !atomic_load(&w->work->err)) {
		size_t turn = atomic_fetch_add(&w->work->next, 1);

		if (turn >= nr)
			break;
		if (w->work->glance && samefile_ready(&w->work->walk->same))
			break;
		turn = place_of(turn, w->work->youngest) * AT_ONCE;
		err = w->work->glance ? glance_at_some(w, turn) : look_at_some(w, turn);
	}
	if (err)
		atomic_compare_exchange_strong(&w->work->err, &none, err);
	return NULL;
}

static int add_results(struct fdwalk *w, struct fdwalk *own)
{
	for (size_t i = 0; i < own->hits.nr; i++) {
		struct fdwalk_hit *hit = VEC_ADD(&w->hits);

		if (!hit)
			return -ENOMEM;
		*hit = own->hits.v[i];
	}
	w->blind.processes += own->blind.processes;
	w->blind.unreadable += own->blind.unreadable;
	w->blind.descriptors += own->blind.descriptors;
	if (!w->blind.pid) {
		w->blind.pid = own->blind.pid;
		w->blind.uid = own->blind.uid;
	}
	return 0;
}

static void run_threads(struct work *work, struct worker *first, struct worker *second)
{
	pthread_t thread;
	bool alone;

	atomic_store(&work->next, 0);
	alone = work->pids->list.nr <= AT_ONCE || thread_start(&thread, work_on, second);
	work_on(first);
	if (!alone)
		pthread_join(thread, NULL);
}

int fdwalk_run(struct fdwalk *w, const struct pids *pids)
{
	struct work work = { .walk = w, .pids = pids };
	struct worker first = { .work = &work, .tables = { .walk = w, .own = &first.own } };
	struct worker second = { .work = &work, .tables = { .walk = w, .own = &second.own } };
	int err;

	if (!pids->list.nr)
		return 0;
	work.youngest = youngest_of(w, pids);
	clock_timens_offset_ns(); /* it remembers: not in two threads at a time */
	work.glance = !w->own_tables && pids->list.nr > MANY && samefile_wants(&w->same);
	if (work.glance)
		run_threads(&work, &first, &second);
	work.glance = false;
	run_threads(&work, &first, &second);
	err = atomic_load(&work.err);
	if (!err)
		err = add_results(w, &first.own);
	if (!err)
		err = add_results(w, &second.own);
	fdwalk_done(&first.own);
	fdwalk_done(&second.own);
	return err;
}

void fdwalk_done(struct fdwalk *w)
{
	free(w->hits.v);
	w->hits.v = NULL;
	w->hits.nr = w->hits.cap = 0;
}
