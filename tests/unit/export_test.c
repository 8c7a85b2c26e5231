// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/export_counts.h"
#include "model/export_sockets.h"

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

static const char *const secret[] = {
	"comm=", "user=", "unit=", "container=", "nginx", "helper", "web", "worker", "alice", "33",
};

static void no_names(void **state)
{
	_cleanup_(hmap_done) struct hmap tallies = HMAP(struct export_tally, key);
	struct export_limits limits = { .top = 9, .listeners = 9, .self = SELF, .nameless = true };
	struct pw_actor worker = actor(10, "worker");
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(metrics_done) struct metrics m = {};
	_cleanup_(churn_done) struct churn c;
	struct process *p;
	struct socket *s;

	(void)state;
	answer_init(&a);
	s = put_socket(&a, PW_TCP, "0.0.0.0", 80, PW_LISTEN, SELF);
	hold(&a, s, 10, "nginx");
	hold(&a, s, 11, "helper")->id.uid = 33;
	p = hold(&a, s, 12, "nginx");
	p->unit = strdup("web.service");
	p->user = strdup("alice");
	p->container = strdup("0123456789ab");
	assert_int_equal(export_listeners(&a, &limits, &m), 0);
	begin_look(&c, true);
	leave(&c, &worker, "10.0.0.9", 80, 3);
	assert_int_equal(churn_finish(&c), 0);
	put_tally(&tallies, 0, "worker", 1000, 900);
	put_tally(&tallies, 0, "web", 50, 40);
	put_tally(&tallies, 8000, "web", 7, 6);
	assert_int_equal(export_tallies(&tallies, &c, true, &limits, &m), 0);

	assert_true(has(&m, "portwatch_listener_info{proto=\"tcp\",addr=\"0.0.0.0\",port=\"80\","
			    "netns=\"self\"} 1"));
	assert_int_equal(count(&m, "portwatch_listener_info{"), 1);
	assert_true(has(&m, "portwatch_listener_processes{proto=\"tcp\",addr=\"0.0.0.0\","
			    "port=\"80\",netns=\"self\"} 3"));
	assert_true(has(&m, "portwatch_timewait_source_sockets{port=\"ephemeral\"} 3"));
	assert_true(has(&m, "portwatch_timewait_source_entered_total{port=\"ephemeral\"} 1050"));
	assert_true(has(&m, "portwatch_timewait_source_ended_total{port=\"ephemeral\"} 940"));
	assert_true(has(&m, "portwatch_timewait_source_entered_total{port=\"8000\"} 7"));
	assert_int_equal(count(&m, "portwatch_timewait_source_entered_total{"), 2);
	for (size_t i = 0; i < ARRAY_SIZE(secret); i++)
		assert_row(i, !count(&m, secret[i]));
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
	export_timewait(&c, false, &m);
	assert_int_equal(export_tallies(&tallies, &c, false, &limits, &m), 0);
	assert_true(has(&m, "portwatch_timewait_sockets 2"));
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
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources_of_timewait),
		cmocka_unit_test(no_names),
		cmocka_unit_test(no_counters_without_a_tracker),
		cmocka_unit_test(destinations_by_ports_in_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
