// SPDX-License-Identifier: GPL-2.0-or-later
/* The counters' half of churn_cells. */
#include "model/churn_cells.h"

#include "churn.h"

static void add_entered(struct churn *c, const char *local, const char *remote, uint32_t tgid,
			uint64_t since, uint64_t entered, bool wanted)
{
	struct pw_churn value = { .since_ns = since, .entered = entered, .actor = worker };
	struct pw_churn_key key = { .netns = NETNS, .tgid = tgid, .rport = 80 };

	value.actor.tgid = tgid;
	key.laddr = address(local, &key.family);
	key.raddr = address(remote, &key.family);
	assert_int_equal(churn_add_count(c, &key, &value, wanted), 0);
}

static const struct churn_cell *only_cell(const struct churn *c)
{
	assert_int_equal(c->cells.nr, 1);
	return hmap_row(&c->cells, 0);
}

/* The first look has nothing to compare with. */
static void test_first_look(void **state)
{
	struct churn c;

	(void)state;
	churn_init(&c);
	begin_at(&c, 0, 0, 0);
	add_entered(&c, "10.0.0.2", "10.0.0.5", 7, 1, 500, true);
	assert_int_equal(c.cells.nr, 0);
	assert_int_equal(c.processes.nr, 0);
	assert_int_equal(c.counted, 0);
	assert_int_equal(c.counts.nr, 1);
	churn_done(&c);
}

static void test_second_look(void **state)
{
	static const struct {
		uint64_t since, entered;
		uint32_t tgid;
		bool wanted, counted;
		uint64_t grown;
	} rows[] = {
		{ 1, 507, 7, true, true, 7 },
		{ 1, 507, 7, false, true, 7 },
		{ 1, 500, 7, true, true, 0 },
		{ 2, 60, 7, true, true, 60 },	/* pushed out in between, and new */
		{ 1, 507, 8, true, true, 507 }, /* of another process */
		{ 1, 507, 0, true, true, 507 }, /* of nobody */
		{ 1, 507, 7, true, false, 0 },	/* no tracker any more */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct churn c;

		churn_init(&c);
		begin_at(&c, 0, 0, 0);
		add_entered(&c, "10.0.0.2", "10.0.0.5", 7, 1, 500, true);
		begin_at(&c, 2, 0, 0);
		c.query.counted = rows[i].counted;
		add_entered(&c, "10.0.0.2", "10.0.0.5", rows[i].tgid, rows[i].since,
			    rows[i].entered, rows[i].wanted);
		assert_row(i, c.cells.nr == !!rows[i].grown);
		if (rows[i].grown) {
			assert_row(i, only_cell(&c)->entered_all == rows[i].grown);
			assert_row(i, only_cell(&c)->entered == rows[i].wanted * rows[i].grown);
			assert_row(i, c.counted == rows[i].grown);
		}
		assert_row(i, c.processes.nr == (rows[i].grown && rows[i].tgid));
		churn_done(&c);
	}
}

/* IPv4 is IPv4 on a socket of either family; both counters are one cell. */
static void test_one_cell_for_mapped_addresses(void **state)
{
	struct churn c;

	(void)state;
	churn_init(&c);
	begin_at(&c, 0, 0, 0);
	begin_at(&c, 2, 0, 0);
	add_entered(&c, "10.0.0.2", "10.0.0.5", 7, 1, 3, true);
	add_entered(&c, "::ffff:10.0.0.2", "::ffff:10.0.0.5", 7, 1, 4, true);
	assert_int_equal(only_cell(&c)->entered, 7);
	assert_int_equal(only_cell(&c)->key.family, PW_INET);
	assert_int_equal(c.counts.nr, 2);
	add_entered(&c, "fd00::2", "fd00::5", 7, 1, 4, true);
	assert_int_equal(c.cells.nr, 2);
	churn_done(&c);
}

/* ---- counted for nobody ------------------------------------------------------------------------
 */

/* Looks: the total at their beginning, the total behind the counters, what the counters grew by. */
static const struct {
	uint64_t total, behind, grown, unattributed;
} looks[] = {
	{ 1000, 1010, 0, 0 }, /* the first: what was before counts for nothing */
	{ 1500, 1500, 460, 30 },
	{ 1500, 1505, 5, 0 },  /* the counters were read after the total, and are ahead */
	{ 1520, 1520, 0, 15 }, /* now it has caught up: 20 more, 5 of them told before */
	{ 1600, 1600, 80, 0 },
	{ 900, 900, 0, 0 }, /* another tracker: less than before is nothing lost */
};

static void test_unattributed(void **state)
{
	struct churn c;

	(void)state;
	churn_init(&c);
	for (size_t i = 0; i < ARRAY_SIZE(looks); i++) {
		begin_at(&c, 2 * i, looks[i].total, 0);
		c.counted += looks[i].grown;
		churn_counted(&c, looks[i].behind);
		assert_row(i, c.total.unattributed == looks[i].unattributed);
	}
	churn_done(&c);
}

/* The counters are ahead of the total before anything was lost. */
static void test_nothing_lost(void **state)
{
	struct churn c;

	(void)state;
	churn_init(&c);
	begin_at(&c, 0, 1000, 0);
	churn_counted(&c, 1000);
	begin_at(&c, 2, 1100, 0);
	c.counted += 105;
	churn_counted(&c, 1105);
	assert_int_equal(c.total.unattributed, 0);
	churn_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_look),
		cmocka_unit_test(test_second_look),
		cmocka_unit_test(test_one_cell_for_mapped_addresses),
		cmocka_unit_test(test_unattributed),
		cmocka_unit_test(test_nothing_lost),
	};

	worker = actor(812, "worker");
	return cmocka_run_group_tests_name("churn_counts", tests, NULL, NULL);
}
