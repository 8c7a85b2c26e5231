// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/export_counts.h"
#include "model/export_sockets.h"
#include "print/metrics_text.h"

#include "export.h"
#include "unit.h"

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
	/* Another socket of that address and port, by one of the processes (SO_REUSEPORT). */
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

/* A socket whose port the kernel chose is a client's, and no listener. */
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

static const char *const secret[] = {
	"comm=", "user=", "unit=", "container=", "nginx", "helper", "web", "alice", "33",
};

/* No label tells of a process where names are not to be told. */
static void no_names(void **state)
{
	struct export_limits limits = { .listeners = 9, .self = SELF, .nameless = true };
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(metrics_done) struct metrics m = {};
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
	assert_true(has(&m, "portwatch_listener_info{proto=\"tcp\",addr=\"0.0.0.0\",port=\"80\","
			    "netns=\"self\"} 1"));
	assert_int_equal(count(&m, "portwatch_listener_info{"), 1);
	assert_true(has(&m, "portwatch_listener_processes{proto=\"tcp\",addr=\"0.0.0.0\","
			    "port=\"80\",netns=\"self\"} 3"));
	for (size_t i = 0; i < ARRAY_SIZE(secret); i++)
		assert_row(i, !count(&m, secret[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(owners),
		cmocka_unit_test(no_names),
		cmocka_unit_test(clients_are_no_listeners),
		cmocka_unit_test(own_namespace_stays_when_rows_are_limited),
	};

	return cmocka_run_group_tests_name("export_listeners", tests, NULL, NULL);
}
