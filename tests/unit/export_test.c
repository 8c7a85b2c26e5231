// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/export_counts.h"
#include "model/export_sockets.h"

#include "print/metrics_text.h"
#include "unit.h"

#define SELF 100u

static struct socket *put_socket(struct answer *a, uint8_t proto, const char *addr, uint16_t port,
				 uint8_t state, uint32_t netns)
{
	struct socket *s = answer_add_socket(a);

	assert_non_null(s);
	s->s.proto = proto;
	s->s.laddr = address(addr, &s->s.family);
	s->s.lport = port;
	s->s.state = state;
	s->s.netns = netns;
	s->s.flags = PW_F_EXPLICIT;
	return s;
}

static struct process *hold(struct answer *a, struct socket *s, uint32_t tgid, const char *comm)
{
	struct pw_actor who = actor(tgid, comm);
	size_t p;

	assert_int_equal(answer_add_process(a, &who, tgid, &p), 0);
	assert_int_equal(socket_add_holder(s, p, 3), 0);
	return &a->processes[p];
}

static bool has(const struct metrics *m, const char *line)
{
	_cleanup_(strbuf_done) struct strbuf out = {}, wanted = {};

	strbuf_addf(&wanted, "\n%s\n", line);
	metrics_text(m, METRICS_OPENMETRICS, &out);
	return strstr(strbuf_str(&out), strbuf_str(&wanted));
}

static size_t count(const struct metrics *m, const char *what)
{
	_cleanup_(strbuf_done) struct strbuf out = {};
	size_t n = 0;

	metrics_text(m, METRICS_OPENMETRICS, &out);
	for (const char *p = strbuf_str(&out); (p = strstr(p, what)); p++)
		n++;
	return n;
}

/* Workers are one owner; another name or unit is another. */
static void owners(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(metrics_done) struct metrics m = {};
	struct export_limits limits = { .top = 5, .listeners = 9, .self = SELF };
	struct process *p;
	struct socket *s;

	(void)state;
	answer_init(&a);
	s = put_socket(&a, PW_TCP, "0.0.0.0", 80, PW_LISTEN, SELF);
	s->s.listen_ns = 5000000000;
	hold(&a, s, 10, "nginx");
	hold(&a, s, 11, "nginx");
	p = hold(&a, s, 12, "nginx");
	p->unit = strdup("web.service");
	hold(&a, s, 13, "helper");
	hold(&a, s, 14, "nginx")->id.uid = 33;
	/* Another socket of the same place, by one of them (SO_REUSEPORT). */
	s = put_socket(&a, PW_TCP, "0.0.0.0", 80, PW_LISTEN, SELF);
	s->s.listen_ns = 4000000000;
	hold(&a, s, 10, "nginx");
	s = put_socket(&a, PW_UDP, "::", 53, PW_UNCONN, 7); /* the kernel's */
	s->resolved = RESOLVED_VERIFIED;
	put_socket(&a, PW_TCP, "::", 54, PW_LISTEN, 7); /* whose it is is not known */
	assert_int_equal(export_listeners(&a, &limits, &m), 0);

	assert_int_equal(count(&m, "portwatch_listener_info{"), 6);
	assert_true(has(&m, "portwatch_listener_info{proto=\"tcp\",addr=\"0.0.0.0\",port=\"80\","
			    "netns=\"self\",comm=\"nginx\",user=\"1000\"} 1"));
	assert_true(has(&m, "portwatch_listener_info{proto=\"tcp\",addr=\"0.0.0.0\",port=\"80\","
			    "netns=\"self\",comm=\"nginx\",user=\"1000\",unit=\"web.service\"} 1"));
	assert_true(has(&m, "portwatch_listener_info{proto=\"udp\",addr=\"::\",port=\"53\","
			    "netns=\"7\"} 1"));
	assert_true(has(&m, "portwatch_listener_processes{proto=\"tcp\",addr=\"0.0.0.0\","
			    "port=\"80\",netns=\"self\"} 5"));
	assert_true(has(&m, "portwatch_listener_processes{proto=\"udp\",addr=\"::\","
			    "port=\"53\",netns=\"7\"} 0"));
	assert_false(has(&m, "portwatch_listener_processes{proto=\"tcp\",addr=\"::\","
			     "port=\"54\",netns=\"7\"} 0"));
	assert_true(has(&m, "portwatch_listener_start_time_seconds{proto=\"tcp\","
			    "addr=\"0.0.0.0\",port=\"80\",netns=\"self\"} 4"));
}

/* What the kernel chose the port of asks, and does not listen. */
static void clients_are_no_listeners(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(metrics_done) struct metrics m = {};
	struct export_limits limits = { .listeners = 9 };
	struct socket *s;

	(void)state;
	answer_init(&a);
	s = put_socket(&a, PW_UDP, "0.0.0.0", 40000, PW_UNCONN, SELF);
	s->s.flags = 0;
	hold(&a, s, 10, "dig");
	put_socket(&a, PW_TCP, "10.0.0.1", 40000, PW_ESTABLISHED, SELF);
	put_socket(&a, PW_TCP, "10.0.0.1", 40001, PW_BOUND, SELF);
	assert_int_equal(export_listeners(&a, &limits, &m), 0);
	assert_int_equal(count(&m, "portwatch_listener_info{"), 0);
}

static void own_namespace_stays_when_rows_are_limited(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(metrics_done) struct metrics m = {};
	struct export_limits limits = { .listeners = 2, .self = SELF };

	(void)state;
	answer_init(&a);
	for (uint16_t port = 1; port <= 5; port++) {
		struct socket *s = put_socket(&a, PW_TCP, "0.0.0.0", port, PW_LISTEN,
					      port < 5 ? SELF - 1 : SELF);

		hold(&a, s, port, "one");
		hold(&a, s, port + 10, "one");
	}
	assert_int_equal(export_listeners(&a, &limits, &m), 0);
	export_dropped(&limits, &m);
	assert_int_equal(count(&m, "portwatch_listener_info{"), 2);
	assert_int_equal(count(&m, "port=\"5\",netns=\"self\",comm"), 1);
	assert_int_equal(count(&m, "port=\"1\",netns=\"99\",comm"), 1);
	assert_true(has(&m, "portwatch_dropped_rows{table=\"listeners\"} 3"));
	assert_int_equal(count(&m, "} 2\n"), 2); /* both processes of each */
}

static void sockets_by_port_and_state(void **state)
{
	_cleanup_(export_sockets_done) struct export_sockets s;
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(metrics_done) struct metrics m = {};
	struct export_limits limits = { .top = 2, .self = SELF };

	(void)state;
	answer_init(&a);
	export_sockets_init(&s);
	/* Connections may come before their listener. */
	for (int i = 0; i < 3; i++)
		put_socket(&a, PW_TCP, "10.0.0.1", 80, PW_ESTABLISHED, SELF);
	put_socket(&a, PW_TCP, "0.0.0.0", 80, PW_LISTEN, SELF)->qlen = 4;
	put_socket(&a, PW_TCP, "10.0.0.1", 80, PW_CLOSE_WAIT, SELF + 1); /* no listener there */
	put_socket(&a, PW_TCP, "10.0.0.1", 50000, PW_ESTABLISHED, SELF);
	put_socket(&a, PW_TCP, "10.0.0.1", 50001, PW_ESTABLISHED, SELF);
	assert_int_equal(export_sockets_count(&s, &a), 0);
	assert_int_equal(export_sockets(&s, &limits, &m), 0);
	export_dropped(&limits, &m);

	assert_true(has(&m, "portwatch_sockets{proto=\"tcp\",state=\"ESTABLISHED\"} 5"));
	assert_true(has(&m, "portwatch_sockets{proto=\"tcp\",state=\"SYN_RECV\"} 4"));
	assert_true(has(&m, "portwatch_sockets{proto=\"udp\",state=\"UNCONN\"} 0"));
	assert_true(has(&m, "portwatch_port_sockets{proto=\"tcp\",port=\"80\",netns=\"self\","
			    "state=\"ESTABLISHED\"} 3"));
	assert_true(has(&m, "portwatch_port_sockets{proto=\"tcp\",port=\"ephemeral\","
			    "netns=\"self\",state=\"ESTABLISHED\"} 2"));
	assert_int_equal(count(&m, "CLOSE_WAIT"), 1);
	assert_true(has(&m, "portwatch_dropped_rows{table=\"ports\"} 1"));
}

static void accepts_are_limited_to_the_busiest(void **state)
{
	_cleanup_(metrics_done) struct metrics m = {};
	struct export_limits limits = { .top = 2 };
	struct export_accepts v[] = { { 5, 80 }, { 0, 22 }, { 9, 443 } };

	(void)state;
	export_accepts(v, ARRAY_SIZE(v), &limits, &m);
	export_dropped(&limits, &m);
	assert_true(has(&m, "portwatch_accepts_total{port=\"443\"} 9"));
	assert_true(has(&m, "portwatch_accepts_total{port=\"80\"} 5"));
	assert_int_equal(count(&m, "port=\"22\""), 0);
	assert_true(has(&m, "portwatch_dropped_rows{table=\"accepts\"} 1"));
}

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

/* What two processes of one name have left is one row, with what was counted of that name. */
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

/* Nothing that was not counted is exported as a counter. */
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
		cmocka_unit_test(owners),
		cmocka_unit_test(clients_are_no_listeners),
		cmocka_unit_test(own_namespace_stays_when_rows_are_limited),
		cmocka_unit_test(sockets_by_port_and_state),
		cmocka_unit_test(accepts_are_limited_to_the_busiest),
		cmocka_unit_test(sources_of_timewait),
		cmocka_unit_test(no_names),
		cmocka_unit_test(no_counters_without_a_tracker),
		cmocka_unit_test(destinations_by_ports_in_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
