// SPDX-License-Identifier: GPL-2.0-or-later
/* The metrics of src/model/export_churn.c: who leaves TIME-WAIT, and destinations. */
#include "model/export_counts.h"

#include "print/metrics_text.h"
#include "export.h"
#include "unit.h"

static void begin_look(struct churn *c, bool counted)
{
	struct churn_query look = { .time_ns = 5000000000, .interval_ns = 1000000000 };
	struct churn_netns n = { .inode = SELF, .max = 1000, .first = 1000, .last = 1099 };

	look.counted = counted;
	churn_init(c);
	churn_begin(c, &look);
	assert_int_equal(churn_add_netns(c, &n), 0);
}

/* nr TIME-WAITs that one process left, by connecting to remote:rport from ports of the range. */
static void leave(struct churn *c, const struct pw_actor *who, const char *remote, uint16_t rport,
		  uint16_t nr)
{
	assert_int_equal(churn_add_process(c, who), 0);
	for (uint16_t i = 0; i < nr; i++) {
		struct pw_churn_rec rec = {
			.pair = { .lport = 1000 + i, .rport = rport, .netns = SELF },
			.tgid = who->tgid,
			.start_ns = who->start_ns,
			.state = PW_TIME_WAIT,
			.side = PW_SIDE_CONNECTED,
			.timewait = 1,
		};
		struct churn_socket s = { &rec, 5000, 55000 };

		rec.pair.laddr = address("10.0.0.1", &rec.family);
		rec.pair.raddr = address(remote, &rec.family);
		assert_int_equal(churn_add_socket(c, &s, true), 0);
	}
}

static void put_tally(struct hmap *tallies, uint16_t port, const char *comm, uint64_t entered,
		      uint64_t ended)
{
	struct pw_tally_key key = { .port = port };
	struct export_tally *t;

	snprintf(key.comm, sizeof(key.comm), "%s", comm);
	t = hmap_put(tallies, &key);
	assert_non_null(t);
	t->counted = (struct pw_tally){ .entered = entered, .ended = ended };
}

/* Two processes of a name share a row: the TIME-WAIT that they left, and the counts of the name. */
static void sources_of_timewait(void **state)
{
	_cleanup_(hmap_done) struct hmap tallies = HMAP(struct export_tally, key);
	struct pw_actor first = actor(10, "worker"), second = actor(11, "worker");
	struct export_limits limits = { .top = 2, .self = SELF };
	_cleanup_(metrics_done) struct metrics m = {};
	_cleanup_(churn_done) struct churn c;

	(void)state;
	begin_look(&c, true);
	leave(&c, &first, "10.0.0.9", 80, 3);
	leave(&c, &second, "10.0.0.9", 81, 4);
	assert_int_equal(churn_finish(&c), 0);
	put_tally(&tallies, 0, "worker", 1000, 900);
	put_tally(&tallies, 8000, "web", 50, 50);
	put_tally(&tallies, 9000, "old", 49, 49);
	assert_int_equal(export_tallies(&tallies, &c, true, &limits, &m), 0);
	export_dropped(&limits, &m);
	assert_true(
		has(&m, "portwatch_timewait_source_sockets{port=\"ephemeral\",comm=\"worker\"} 7"));
	assert_true(has(&m, "portwatch_timewait_source_entered_total{port=\"ephemeral\","
			    "comm=\"worker\"} 1000"));
	assert_true(
		has(&m, "portwatch_timewait_source_ended_total{port=\"8000\",comm=\"web\"} 50"));
	assert_int_equal(count(&m, "comm=\"old\""), 0);
	assert_true(has(&m, "portwatch_dropped_rows{table=\"timewait_sources\"} 1"));
}

/* Processes of a port that only their name told apart are one row. */
static void no_names(void **state)
{
	_cleanup_(hmap_done) struct hmap tallies = HMAP(struct export_tally, key);
	struct export_limits limits = { .top = 9, .self = SELF, .nameless = true };
	struct pw_actor worker = actor(10, "worker");
	_cleanup_(metrics_done) struct metrics m = {};
	_cleanup_(churn_done) struct churn c;

	(void)state;
	begin_look(&c, true);
	leave(&c, &worker, "10.0.0.9", 80, 3);
	assert_int_equal(churn_finish(&c), 0);
	put_tally(&tallies, 0, "worker", 1000, 900);
	put_tally(&tallies, 0, "web", 50, 40);
	put_tally(&tallies, 8000, "web", 7, 6);
	assert_int_equal(export_tallies(&tallies, &c, true, &limits, &m), 0);
	assert_true(has(&m, "portwatch_timewait_source_sockets{port=\"ephemeral\"} 3"));
	assert_true(has(&m, "portwatch_timewait_source_entered_total{port=\"ephemeral\"} 1050"));
	assert_true(has(&m, "portwatch_timewait_source_ended_total{port=\"ephemeral\"} 940"));
	assert_true(has(&m, "portwatch_timewait_source_entered_total{port=\"8000\"} 7"));
	assert_int_equal(count(&m, "portwatch_timewait_source_entered_total{"), 2);
	assert_int_equal(count(&m, "comm="), 0);
	assert_int_equal(count(&m, "web"), 0);
	assert_int_equal(count(&m, "worker"), 0);
}

/* The sockets that are there now weigh most, then what was counted, then port and name. */
static void heaviest_first(void **state)
{
	struct pw_actor now = actor(10, "now");
	_cleanup_(churn_done) struct churn c;

	(void)state;
	begin_look(&c, true);
	leave(&c, &now, "10.0.0.9", 80, 1);
	assert_int_equal(churn_finish(&c), 0);
	for (uint32_t top = 0; top <= 4; top++) {
		struct export_limits limits = { .top = top, .self = SELF };
		_cleanup_(hmap_done) struct hmap copy = HMAP(struct export_tally, key);
		_cleanup_(metrics_done) struct metrics m = {};

		put_tally(&copy, 7, "few", 1, 1);
		put_tally(&copy, 7, "many", 1000, 1);
		put_tally(&copy, 7, "bmany", 1000, 1);
		assert_int_equal(export_tallies(&copy, &c, false, &limits, &m), 0);
		assert_row(top, count(&m, "entered_total{port=\"ephemeral\",comm=\"now\"} 0") ==
					(top >= 1));
		assert_row(top, count(&m, "entered_total{port=\"7\",comm=\"bmany\"} 1000") ==
					(top >= 2));
		assert_row(top,
			   count(&m, "entered_total{port=\"7\",comm=\"many\"} 1000") == (top >= 3));
		assert_row(top,
			   count(&m, "entered_total{port=\"7\",comm=\"few\"} 1") == (top >= 4));
		/* Ends are exported only where they are counted. */
		assert_row(top, !count(&m, "ended_total"));
	}
}

/* Without a tracker nothing is counted, so no counter is exported. */
static void no_counters_without_a_tracker(void **state)
{
	_cleanup_(hmap_done) struct hmap tallies = HMAP(struct export_tally, key);
	struct pw_actor unknown = {};
	struct export_limits limits = { .top = 9, .self = SELF };
	_cleanup_(metrics_done) struct metrics m = {};
	_cleanup_(churn_done) struct churn c;

	(void)state;
	begin_look(&c, false);
	leave(&c, &unknown, "10.0.0.9", 80, 2);
	assert_int_equal(churn_finish(&c), 0);
	assert_int_equal(export_tallies(&tallies, &c, false, &limits, &m), 0);
	assert_true(has(&m, "portwatch_timewait_source_sockets{port=\"ephemeral\"} 2"));
	assert_int_equal(count(&m, " counter\n"), 0);
}

static void destinations_by_ports_in_use(void **state)
{
	struct pw_actor worker = actor(10, "worker");
	struct export_limits limits = { .top = 2, .self = SELF };
	_cleanup_(metrics_done) struct metrics m = {};
	_cleanup_(churn_done) struct churn c;

	(void)state;
	begin_look(&c, true);
	leave(&c, &worker, "10.0.0.7", 80, 1);
	leave(&c, &worker, "10.0.0.8", 80, 100);
	leave(&c, &worker, "10.0.0.9", 80, 20);
	assert_int_equal(churn_finish(&c), 0);
	assert_int_equal(export_peers(&c, &limits, &m), 0);
	assert_true(has(&m, "portwatch_ephemeral_ports_used{netns=\"self\",local_addr=\"10.0.0.1\","
			    "remote_addr=\"10.0.0.8\",remote_port=\"80\"} 100"));
	assert_true(has(&m, "portwatch_ephemeral_exhaustion_seconds{netns=\"self\","
			    "local_addr=\"10.0.0.1\",remote_addr=\"10.0.0.8\","
			    "remote_port=\"80\"} 0"));
	assert_true(has(&m, "portwatch_ephemeral_exhaustion_seconds{netns=\"self\","
			    "local_addr=\"10.0.0.1\",remote_addr=\"10.0.0.9\","
			    "remote_port=\"80\"} +Inf"));
	assert_true(has(&m,
			"portwatch_ephemeral_ports_limit{netns=\"self\",local_addr=\"10.0.0.1\","
			"remote_addr=\"10.0.0.9\",remote_port=\"80\"} 100"));
	assert_int_equal(count(&m, "10.0.0.7"), 0);
	assert_true(has(&m, "portwatch_ephemeral_ports_level{netns=\"self\","
			    "local_addr=\"10.0.0.1\",remote_addr=\"10.0.0.9\","
			    "remote_port=\"80\"} 0"));
	assert_true(has(&m, "portwatch_ephemeral_ports_owner_info{netns=\"self\","
			    "local_addr=\"10.0.0.1\",remote_addr=\"10.0.0.9\","
			    "remote_port=\"80\",comm=\"worker\"} 1"));
}

/* A socket of either side, of port 80 here or there. */
static void put_side(struct churn *c, enum pw_side side, const char *remote, bool timewait)
{
	bool accepted = side == PW_SIDE_ACCEPTED;
	struct pw_churn_rec rec = {
		.pair = { .lport = accepted ? 80 : 1000,
			  .rport = accepted ? 1000 : 80,
			  .netns = SELF },
		.state = timewait ? PW_TIME_WAIT : PW_ESTABLISHED,
		.side = side,
		.timewait = timewait,
	};
	struct churn_socket s = { &rec, timewait ? 5000 : -1, timewait ? 55000 : -1 };

	rec.pair.laddr = address("10.0.0.1", &rec.family);
	rec.pair.raddr = address(remote, &rec.family);
	assert_int_equal(churn_add_socket(c, &s, true), 0);
}

/* Clients take none of our ports, and an open connection has left nothing. */
static void other_rows_are_left_out(void **state)
{
	_cleanup_(hmap_done) struct hmap tallies = HMAP(struct export_tally, key);
	struct export_limits limits = { .top = 9, .self = SELF };
	_cleanup_(metrics_done) struct metrics m = {};
	_cleanup_(churn_done) struct churn c;

	(void)state;
	begin_look(&c, true);
	put_side(&c, PW_SIDE_ACCEPTED, "10.0.0.5", true);
	put_side(&c, PW_SIDE_CONNECTED, "10.0.0.7", false);
	put_side(&c, PW_SIDE_CONNECTED, "10.0.0.6", false);
	assert_int_equal(churn_finish(&c), 0);
	assert_int_equal(export_peers(&c, &limits, &m), 0);
	assert_int_equal(count(&m, "portwatch_ephemeral_ports_used{"), 2);
	assert_int_equal(count(&m, "10.0.0.5"), 0);
	assert_int_equal(export_tallies(&tallies, &c, true, &limits, &m), 0);
	assert_int_equal(count(&m, "portwatch_timewait_source_sockets{"), 1);
	assert_true(has(&m, "portwatch_timewait_source_sockets{port=\"80\"} 1"));
}

/* 10,000 destinations and 5,000 processes: the number of series is bounded. */
static void bounded(void **state)
{
	_cleanup_(hmap_done) struct hmap tallies = HMAP(struct export_tally, key);
	struct export_limits limits = { .top = 20, .self = SELF };
	_cleanup_(metrics_done) struct metrics m = {};
	_cleanup_(churn_done) struct churn c;

	(void)state;
	begin_look(&c, true);
	for (uint32_t i = 0; i < 10000; i++) {
		char comm[PW_COMM_LEN], remote[32];
		struct pw_actor who;

		snprintf(comm, sizeof(comm), "p%u", i % 5000);
		snprintf(remote, sizeof(remote), "10.1.%u.%u", i / 100, i % 100);
		who = actor(1000 + i % 5000, comm);
		leave(&c, &who, remote, 80, 1);
	}
	assert_int_equal(churn_finish(&c), 0);
	assert_int_equal(c.peers.nr, 10000);
	assert_int_equal(export_tallies(&tallies, &c, true, &limits, &m), 0);
	assert_int_equal(export_peers(&c, &limits, &m), 0);
	export_dropped(&limits, &m);
	assert_int_equal(count(&m, "remote_port="), 20 * 5);
	assert_true(has(&m, "portwatch_dropped_rows{table=\"peers\"} 9980"));
	assert_true(has(&m, "portwatch_dropped_rows{table=\"timewait_sources\"} 4980"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources_of_timewait),
		cmocka_unit_test(no_names),
		cmocka_unit_test(heaviest_first),
		cmocka_unit_test(other_rows_are_left_out),
		cmocka_unit_test(no_counters_without_a_tracker),
		cmocka_unit_test(destinations_by_ports_in_use),
		cmocka_unit_test(bounded),
	};

	return cmocka_run_group_tests_name("export_churn", tests, NULL, NULL);
}
