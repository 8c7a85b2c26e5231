// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/churn_cells.h"

#include "churn.h"
#include "model/portspec.h"

#define EPHEMERAL 33000 /* a port of the range that begin_at() sets */

static const struct churn_cell *only_cell(const struct churn *c)
{
	assert_int_equal(c->cells.nr, 1);
	return hmap_row(&c->cells, 0);
}

static void start(struct churn *c)
{
	churn_init(c);
	begin_at(c, 0, 0, 0);
}

/* Add a socket of port EPHEMERAL that connected. */
static void add_connected(struct churn *c, uint8_t state, bool timewait, int64_t age_ms,
			  int64_t left_ms, bool wanted)
{
	struct pw_churn_rec rec = {
		.pair = { .lport = EPHEMERAL, .rport = 80, .netns = NETNS },
		.family = PW_INET,
		.state = state,
		.side = PW_SIDE_CONNECTED,
		.timewait = timewait,
	};
	struct churn_socket s = { &rec, age_ms, left_ms };

	assert_int_equal(churn_add_socket(c, &s, wanted), 0);
}

/* ---- the key ----------------------------------------------------------------------------------
 */

/* The port that the kernel chose is left out, and IPv4 is IPv4 on a socket of either family. */
static void test_key(void **state)
{
	static const struct {
		const char *local, *remote, *key_local, *key_remote;
		enum pw_side side;
	} rows[] = {
		{ "10.0.0.2", "10.0.0.9", "10.0.0.2", "10.0.0.9", PW_SIDE_ACCEPTED },
		{ "10.0.0.2", "10.0.0.9", "10.0.0.2", "10.0.0.9", PW_SIDE_CONNECTED },
		{ "::ffff:10.0.0.2", "::ffff:10.0.0.9", "10.0.0.2", "10.0.0.9", PW_SIDE_ACCEPTED },
		{ "fd00::2", "fd00::9", "fd00::2", "fd00::9", PW_SIDE_CONNECTED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool accepted = rows[i].side == PW_SIDE_ACCEPTED;
		struct pw_churn_key want = { .tgid = web.tgid,
					     .start_ns = web.start_ns,
					     .netns = NETNS,
					     .lport = accepted ? SERVER : 0,
					     .rport = accepted ? 0 : 40000 };
		struct churn c;

		start(&c);
		want.laddr = address(rows[i].key_local, &want.family);
		want.raddr = address(rows[i].key_remote, &want.family);
		add(&c, rows[i].local, SERVER, rows[i].remote, 40000, rows[i].side, &web, true, 0);
		assert_row(i, !memcmp(&only_cell(&c)->key, &want, sizeof(want)));
		churn_done(&c);
	}
}

/* ---- sockets ----------------------------------------------------------------------------------
 */

static void test_ports_taken(void **state)
{
	static const struct {
		int64_t age_ms, left_ms;
		uint32_t live, timewait, young, held;
		int bucket; /* -1: none */
		uint8_t state;
		bool is_timewait;
	} rows[] = {
		{ -1, -1, 1, 0, 0, 0, -1, PW_ESTABLISHED, false },
		{ -1, -1, 1, 0, 0, 0, -1, PW_FIN_WAIT2, false },
		{ 0, 60000, 0, 1, 1, 0, 30, PW_TIME_WAIT, true },
		{ 999, 59001, 0, 1, 1, 0, 29, PW_TIME_WAIT, true },
		{ 1000, 0, 0, 1, 0, 0, 0, PW_TIME_WAIT, true }, /* tcp_tw_reuse_delay */
		{ 1000, 1999, 0, 1, 0, 0, 0, PW_TIME_WAIT, true },
		{ 1000, 2000, 0, 1, 0, 0, 1, PW_TIME_WAIT, true },
		{ -1, -1, 0, 1, 0, 0, 31, PW_TIME_WAIT, true }, /* not known: the last to end */
		{ 1000, 63999, 0, 1, 0, 0, 31, PW_TIME_WAIT, true },
		{ 1000, 64000, 0, 1, 0, 0, 31, PW_TIME_WAIT, true },
		{ 1000, INT64_MAX, 0, 1, 0, 0, 31, PW_TIME_WAIT, true },
		{ 0, 2000, 0, 1, 0, 1, 1, PW_FIN_WAIT2, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (int wanted = 0; wanted < 2; wanted++) { /* taken is taken */
			const struct churn_cell *cell;
			struct churn c;

			start(&c);
			add_connected(&c, rows[i].state, rows[i].is_timewait, rows[i].age_ms,
				      rows[i].left_ms, wanted);
			cell = only_cell(&c);
			assert_row(i, cell->live == rows[i].live);
			assert_row(i, cell->timewait == rows[i].timewait);
			assert_row(i, cell->young == rows[i].young);
			assert_row(i, cell->held == rows[i].held);
			for (int b = 0; b < FORECAST_BUCKETS; b++)
				assert_row(i, cell->ends[b] == (b == rows[i].bucket));
			churn_done(&c);
		}
}

static void test_ports_not_of_the_range(void **state)
{
	const struct churn_cell *cell;
	struct churn c;

	(void)state;
	start(&c);
	add(&c, "10.0.0.2", 32767, "10.0.0.5", 80, PW_SIDE_CONNECTED, NULL, true, 0);
	add(&c, "10.0.0.2", 61000, "10.0.0.5", 80, PW_SIDE_CONNECTED, NULL, false, 0);
	port_set(c.netns[0].reserved, EPHEMERAL);
	add(&c, "10.0.0.2", EPHEMERAL, "10.0.0.5", 80, PW_SIDE_CONNECTED, NULL, true, 0);
	cell = only_cell(&c);
	assert_int_equal(cell->live + cell->timewait, 0);
	assert_int_equal(cell->current, 2);
	/* An accepted connection shares its listener's port. */
	add(&c, "10.0.0.2", EPHEMERAL + 1, "10.0.0.5", 80, PW_SIDE_ACCEPTED, NULL, false, -1);
	assert_int_equal(c.cells.nr, 1);
	add(&c, "10.0.0.2", EPHEMERAL + 1, "10.0.0.5", 80, PW_SIDE_ACCEPTED, NULL, true, 0);
	cell = hmap_row(&c.cells, 1);
	assert_int_equal(cell->current, 1);
	assert_int_equal(cell->live + cell->timewait, 0);
	churn_done(&c);
}

/* Without counters, a socket has begun in the interval by its age (two seconds, begin_at()). */
static void test_begun_by_age(void **state)
{
	static const struct {
		int64_t age_ms;
		bool wanted;
		uint64_t current, entered, entered_all;
	} rows[] = {
		{ 0, true, 1, 1, 1 },  { 1999, true, 1, 1, 1 },	 { 2000, true, 1, 0, 0 },
		{ -1, true, 1, 0, 0 }, { 1999, false, 0, 0, 1 }, { 2000, false, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (int fin_wait2 = 0; fin_wait2 < 2; fin_wait2++) {
			const struct churn_cell *cell;
			struct churn c;

			start(&c);
			add_connected(&c, fin_wait2 ? PW_FIN_WAIT2 : PW_TIME_WAIT, true,
				      rows[i].age_ms, 0, rows[i].wanted);
			cell = only_cell(&c);
			assert_row(i, cell->current == rows[i].current);
			assert_row(i, cell->entered == rows[i].entered);
			assert_row(i, cell->entered_all == rows[i].entered_all);
			assert_row(i, c.total.current == rows[i].current);
			assert_row(i, c.total.fin_wait2 == (fin_wait2 && rows[i].wanted));
			assert_row(i, c.netns[0].current == 1);
			churn_done(&c);
		}
}

/* With counters, ages count only where the filter asks for a port that the counters leave out. */
static void test_begun_by_counters(void **state)
{
	static const struct {
		enum pw_side side;
		bool lports, rports;
		uint64_t entered;
	} rows[] = {
		{ PW_SIDE_CONNECTED, false, false, 0 }, { PW_SIDE_CONNECTED, true, false, 1 },
		{ PW_SIDE_CONNECTED, false, true, 0 },	{ PW_SIDE_ACCEPTED, false, false, 0 },
		{ PW_SIDE_ACCEPTED, true, false, 0 },	{ PW_SIDE_ACCEPTED, false, true, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct churn c;

		start(&c);
		begin_at(&c, 2, 0, 0);
		c.query.lports = rows[i].lports;
		c.query.rports = rows[i].rports;
		add(&c, "10.0.0.2", SERVER, "10.0.0.9", 40000, rows[i].side, NULL, true, 0);
		assert_row(i, only_cell(&c)->entered == rows[i].entered);
		assert_row(i, only_cell(&c)->entered_all == 0);
		churn_done(&c);
	}
}

/* ---- which side it was ------------------------------------------------------------------------
 */

static void test_listener_tells_the_side(void **state)
{
	struct pw_churn_rec rec = { .pair = { .lport = EPHEMERAL, .netns = NETNS },
				    .state = PW_LISTEN,
				    .family = PW_INET };
	struct churn_socket s = { &rec, -1, -1 };
	struct churn c;

	(void)state;
	start(&c);
	assert_int_equal(churn_add_socket(&c, &s, true), 0);
	assert_int_equal(c.cells.nr, 0);
	assert_int_equal(c.netns[0].nr_listening, 1);
	assert_int_equal(c.netns[0].current, 0);
	add(&c, "10.0.0.2", EPHEMERAL, "10.0.0.9", 40000, PW_SIDE_UNKNOWN, NULL, true, 0);
	assert_int_equal(c.nr_unsure, 0);
	assert_int_equal(only_cell(&c)->key.lport, EPHEMERAL);
	add(&c, "10.0.0.2", EPHEMERAL + 1, "10.0.0.9", 40000, PW_SIDE_UNKNOWN, NULL, true, 0);
	assert_int_equal(c.nr_unsure, 1);
	/* A socket that says which side it was needs no listener to tell. */
	add(&c, "10.0.0.2", EPHEMERAL, "10.0.0.9", 80, PW_SIDE_CONNECTED, NULL, true, 0);
	assert_int_equal(c.cells.nr, 2);
	assert_int_equal(((struct churn_cell *)hmap_row(&c.cells, 1))->key.rport, 80);
	churn_done(&c);
}

/* Neither port is met again: the port that the kernel could have chosen is the client's. */
static void test_settle_by_range(void **state)
{
	static const struct {
		uint16_t lport, rport, key_lport, key_rport;
	} rows[] = {
		{ 443, 40100, 443, 0 },
		{ 40100, 443, 0, 443 },
		{ 40100, 40200, 0, 40200 },
		{ 443, 444, 0, 444 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct churn c;

		start(&c);
		add(&c, "10.0.0.2", rows[i].lport, "10.0.0.9", rows[i].rport, PW_SIDE_UNKNOWN, NULL,
		    true, 5000);
		assert_int_equal(c.cells.nr, 0);
		assert_int_equal(churn_settle(&c), 0);
		assert_row(i, only_cell(&c)->key.lport == rows[i].key_lport);
		assert_row(i, only_cell(&c)->key.rport == rows[i].key_rport);
		assert_row(i, only_cell(&c)->entered == 0); /* it is as old as it was */
		assert_row(i, only_cell(&c)->ends[27] == (rows[i].lport == 40100));
		assert_int_equal(churn_settle(&c), 0); /* each is given once */
		assert_row(i, only_cell(&c)->current == 1);
		churn_done(&c);
	}
}

/* More than the array has room for at first. */
static void test_settle_by_number(void **state)
{
	struct churn_socket s;
	struct churn c;

	(void)state;
	start(&c);
	for (uint16_t i = 0; i < 100; i++)
		add(&c, "10.0.0.2", 45000, "10.0.0.9", 40000 + i, PW_SIDE_UNKNOWN, NULL, true, 0);
	s = (struct churn_socket){ &c.unsure[7].rec, 0, 0 };
	assert_int_equal(churn_add_socket(&c, &s, false), 0); /* hidden, and there */
	assert_int_equal(c.nr_unsure, 101);
	assert_int_equal(churn_settle(&c), 0);
	assert_int_equal(only_cell(&c)->key.lport, 45000);
	assert_int_equal(only_cell(&c)->current, 100);
	for (uint16_t i = 0; i < 100; i++)
		add(&c, "10.0.0.2", i, "10.0.0.9", 40000, PW_SIDE_UNKNOWN, NULL, true, 0);
	assert_int_equal(churn_settle(&c), 0);
	assert_int_equal(c.cells.nr, 2);
	assert_int_equal(((struct churn_cell *)hmap_row(&c.cells, 1))->key.rport, 40000);
	churn_done(&c);
}

/* Older than the tracker: the port that is met again and again is the server's. */
static void test_unsure(void **state)
{
	struct churn c;
	size_t nr;
	struct churn_port **v;

	(void)state;
	churn_init(&c);
	begin_at(&c, 0, 0, 0);
	for (uint16_t i = 0; i < 5; i++)
		add(&c, "10.0.0.2", 45000, "10.0.0.9", 40000 + i, PW_SIDE_UNKNOWN, NULL, true, 0);
	for (uint16_t i = 0; i < 4; i++)
		add(&c, "10.0.0.2", 46000 + i, "10.0.0.9", 50000, PW_SIDE_UNKNOWN, NULL, true, 0);
	add(&c, "10.0.0.2", 443, "10.0.0.9", 40100, PW_SIDE_UNKNOWN, NULL, true, 0);
	assert_int_equal(churn_finish(&c), 0);
	v = churn_sort_ports(&c, CHURN_BY_CURRENT, &nr);
	assert_int_equal(nr, 3);
	assert_int_equal(v[0]->key.port, 45000);
	assert_int_equal(v[1]->key.port, 0);
	assert_int_equal(v[1]->current, 4);
	assert_int_equal(v[2]->key.port, 443);
	free(v);
	churn_done(&c);
}

/* ---- namespaces that are not there -------------------------------------------------------------
 */

/* Leave out sockets whose namespace this look does not know, also if the last look knew it. */
static void test_unknown_netns(void **state)
{
	struct churn_query look = { .time_ns = 200 * SECOND, .interval_ns = SECOND };
	struct churn c;

	(void)state;
	churn_init(&c);
	churn_begin(&c, &look);
	add(&c, "10.0.0.2", 1, "10.0.0.9", 2, PW_SIDE_CONNECTED, NULL, true, 0);
	assert_int_equal(c.cells.nr, 0);
	begin_at(&c, 101, 0, 0);
	churn_begin(&c, &look);
	for (enum pw_side side = PW_SIDE_UNKNOWN; side <= PW_SIDE_ACCEPTED; side++)
		add(&c, "10.0.0.2", 40000, "10.0.0.9", 443, side, NULL, true, 0);
	assert_int_equal(churn_finish(&c), 0);
	assert_int_equal(c.total.current, 0);
	churn_done(&c);
}

/* A look that failed half-way leaves nothing to the next. */
static void test_look_that_was_given_up(void **state)
{
	struct churn_query look = { .time_ns = 200 * SECOND, .interval_ns = SECOND };
	struct churn c;

	(void)state;
	start(&c);
	add(&c, "10.0.0.2", 40000, "10.0.0.9", 443, PW_SIDE_UNKNOWN, NULL, true, 0);
	churn_begin(&c, &look);
	assert_int_equal(churn_finish(&c), 0);
	assert_int_equal(c.total.current, 0);
	churn_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_ports_taken),
		cmocka_unit_test(test_ports_not_of_the_range),
		cmocka_unit_test(test_begun_by_age),
		cmocka_unit_test(test_begun_by_counters),
		cmocka_unit_test(test_listener_tells_the_side),
		cmocka_unit_test(test_settle_by_range),
		cmocka_unit_test(test_settle_by_number),
		cmocka_unit_test(test_unsure),
		cmocka_unit_test(test_unknown_netns),
		cmocka_unit_test(test_look_that_was_given_up),
	};

	web = actor(80, "nginx");
	return cmocka_run_group_tests_name("churn_cells", tests, NULL, NULL);
}
