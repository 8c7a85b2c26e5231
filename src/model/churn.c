// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/churn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "model/churn_cells.h"
#include "model/churn_half.h"
#include "model/churn_judge.h"
#include "model/churn_netns.h"
#include "model/churn_rows.h"
#include "model/churn_users.h"

void churn_init(struct churn *c)
{
	*c = (struct churn){
		.cells = HMAP(struct churn_cell, key),
		.counts = HMAP(struct churn_count, id),
		.counts_before = HMAP(struct churn_count, id),
		.processes = HMAP(struct churn_process, key),
		.ports = HMAP(struct churn_port, key),
		.peers = HMAP(struct churn_peer, key),
		.peers_before = HMAP(struct churn_peer, key),
		.half = HMAP(struct churn_half, key),
	};
}

static void clear_peers(struct hmap *peers)
{
	for (size_t i = 0; i < peers->nr; i++)
		free(((struct churn_peer *)hmap_row(peers, i))->cure);
	hmap_clear(peers);
}

static void clear_warnings(struct churn *c)
{
	for (size_t i = 0; i < c->nr_warnings; i++)
		free(c->warnings[i]);
	free(c->warnings);
	c->warnings = NULL;
	c->nr_warnings = 0;
}

void churn_done(struct churn *c)
{
	clear_peers(&c->peers);
	clear_peers(&c->peers_before);
	clear_warnings(c);
	hmap_done(&c->cells);
	hmap_done(&c->counts);
	hmap_done(&c->counts_before);
	hmap_done(&c->processes);
	hmap_done(&c->ports);
	hmap_done(&c->peers);
	hmap_done(&c->peers_before);
	hmap_done(&c->half);
	free(c->netns);
	free(c->unsure);
}

static void swap(struct hmap *a, struct hmap *b)
{
	struct hmap t = *a;

	*a = *b;
	*b = t;
}

void churn_begin(struct churn *c, const struct churn_query *query)
{
	c->again = c->query.time_ns != 0;
	c->apart_ns = c->again ? query->time_ns - c->query.time_ns : 0;
	if (c->again) {
		c->current_before = c->total.current;
		memcpy(c->stats_before, c->query.stats, sizeof(c->stats_before));
		swap(&c->counts, &c->counts_before);
		swap(&c->peers, &c->peers_before);
	}
	c->query = *query;
	c->total = (struct churn_total){};
	c->nr_unsure = 0; /* of a look that was given up */
	hmap_clear(&c->cells);
	hmap_clear(&c->counts);
	hmap_clear(&c->processes);
	hmap_clear(&c->ports);
	hmap_clear(&c->half);
	clear_peers(&c->peers);
	clear_warnings(c);
	for (size_t i = 0; i < c->nr_netns; i++)
		c->netns[i].again = false;
}

static double per_second(const struct churn *c, uint64_t n)
{
	return c->query.interval_ns ? n * (double)NSEC_PER_SEC / (double)c->query.interval_ns : 0;
}

static void sum_up(struct churn *c)
{
	struct churn_total *t = &c->total;
	const uint64_t *now = c->query.stats, *before = c->stats_before;
	uint64_t entered = now[PW_STAT_TW_ENTERED] - before[PW_STAT_TW_ENTERED];
	uint64_t left = now[PW_STAT_TW_LEFT] - before[PW_STAT_TW_LEFT];
	bool counted = churn_is_counted(c);
	double fullest = -1;

	for (size_t i = 0; i < c->cells.nr; i++)
		t->entered += ((struct churn_cell *)hmap_row(&c->cells, i))->entered;
	if (counted && !c->query.filtered)
		t->entered = entered;
	t->entered_per_s = per_second(c, t->entered);
	if (counted && c->query.exact && !c->query.filtered) {
		t->ended_known = true;
		t->ended_per_s = per_second(c, left);
	} else if (counted) {
		uint64_t had = c->current_before + t->entered;

		t->ended_known = true;
		t->ended_per_s = per_second(c, had > t->current ? had - t->current : 0);
	}
	for (size_t i = 0; i < c->nr_netns; i++) {
		const struct churn_netns *n = &c->netns[i];

		t->overflowed += n->overflowed;
		if (n->max && (double)n->current / n->max > fullest) {
			fullest = (double)n->current / n->max;
			t->max = n->max;
			t->max_netns = n->inode;
		}
	}
}

int churn_finish(struct churn *c)
{
	int err;

	churn_forget_netns(c);
	err = churn_settle(c);
	if (err)
		return err;
	sum_up(c);
	err = churn_make_rows(c);
	if (!err)
		err = churn_find_users(c);
	return err ? err : churn_judge(c);
}
