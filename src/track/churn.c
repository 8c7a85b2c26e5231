// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/churn.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "track/elements.h"
#include "track/internal.h"
#include "track/tour.h"

static int each(struct tracker *t, enum map_id map, size_t key_size, size_t value_size,
		int (*fn)(void *arg, const void *key, const void *value), void *arg)
{
	return t->kind == TRACKER_SNAPSHOT ? 0 :
					     elements_each(t, map, key_size, value_size, fn, arg);
}

struct count_fn {
	int (*fn)(void *arg, const struct pw_churn_key *key, const struct pw_churn *count);
	void *arg;
};

static int on_count(void *arg, const void *key, const void *value)
{
	const struct count_fn *f = arg;

	return f->fn(f->arg, key, value);
}

int churn_counts(struct tracker *t,
		 int (*fn)(void *arg, const struct pw_churn_key *key, const struct pw_churn *count),
		 void *arg)
{
	struct count_fn f = { fn, arg };

	return each(t, MAP_CHURN, sizeof(struct pw_churn_key), sizeof(struct pw_churn), on_count,
		    &f);
}

struct tally_fn {
	int (*fn)(void *arg, const struct pw_tally_key *key, const struct pw_tally *count);
	void *arg;
};

static int on_tally(void *arg, const void *key, const void *value)
{
	const struct tally_fn *f = arg;

	return f->fn(f->arg, key, value);
}

int churn_tallies(struct tracker *t,
		  int (*fn)(void *arg, const struct pw_tally_key *key,
			    const struct pw_tally *count),
		  void *arg)
{
	struct tally_fn f = { fn, arg };

	return each(t, MAP_TALLIES, sizeof(struct pw_tally_key), sizeof(struct pw_tally), on_tally,
		    &f);
}

static bool any_timewait(struct tracker *t)
{
	int fd = tracker_map(t, MAP_TIMEWAIT);
	struct pw_tw_key first;

	return fd >= 0 && !bpf_map_get_next_key(fd, NULL, &first);
}

/* The number of a new pass. The map is mapped for that: other fields of it change meanwhile. */
static int begin_pass(struct tracker *t)
{
	int fd = tracker_map(t, MAP_META);
	struct pw_meta *meta;

	if (fd < 0)
		return fd;
	meta = mmap(NULL, sizeof(*meta), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (meta == MAP_FAILED)
		return failed(-errno, "cannot map the tracker's state: %s", strerror(errno));
	__atomic_add_fetch(&meta->tw_pass, 1, __ATOMIC_ACQ_REL);
	munmap(meta, sizeof(*meta));
	return 0;
}

static int mark(void *arg, uint32_t netns)
{
	(void)netns;
	return fact_get(arg, FACT_TW_MARK, 0, &(struct question){}, NULL, NULL);
}

static int pass(struct tracker *t)
{
	size_t unvisited;
	int err = begin_pass(t);

	if (err)
		return err;
	err = tour_all(t, 0, mark, NULL, t, &unvisited);
	if (err)
		return err;
	/* The sockets of a namespace that we could not enter are not gone for that. */
	if (unvisited)
		return 1;
	return fact_get(t, FACT_TW_SWEEP, 0, &(struct question){}, NULL, NULL);
}

int churn_sweep(struct tracker *t)
{
	_cleanup_close_ int lock = -1;

	if (t->meta.variant[PW_NEED_TW_LEAVE] == PW_VAR_NONE || !any_timewait(t))
		return 0;
	/* Lock: the sweep of another pass would take for gone what this pass has marked. */
	if (t->kind == TRACKER_PINNED) {
		lock = pins_lock_again(&t->pins, false);
		if (lock < 0)
			return lock == -EWOULDBLOCK ? 0 : lock;
	}
	return pass(t);
}

int churn_process(struct tracker *t, const struct pw_churn_rec *rec, struct pw_actor *ret)
{
	int fd = tracker_map(t, MAP_TIMEWAIT);
	struct pw_tw tw;

	if (fd < 0)
		return fd;
	if (bpf_map_lookup_elem(fd, &rec->pair, &tw) || tw.actor.tgid != rec->tgid)
		return -ENOENT;
	*ret = tw.actor;
	return 0;
}
