// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/export_sockets.h"
#include "print/metrics_text.h"

#include "export.h"

static void put(struct answer *a, uint16_t port, uint8_t state, uint32_t pid, const char *comm)
{
	struct socket *s = put_socket(a, PW_TCP, "10.0.0.1", port, state, SELF);

	if (pid)
		hold(a, s, pid, comm);
}

static void export(struct answer *a, struct export_limits *limits, struct metrics *m)
{
	_cleanup_(export_sockets_done) struct export_sockets s;

	export_sockets_init(&s);
	put(a, 80, PW_LISTEN, 0, NULL);
	put(a, 80, PW_CLOSE_WAIT, 10, "web");
	put(a, 80, PW_CLOSE_WAIT, 11, "web");
	put(a, 80, PW_ESTABLISHED, 11, "web");
	put(a, 80, PW_FIN_WAIT2, 11, "web");
	put(a, 40000, PW_CLOSE_WAIT, 12, "pool");
	put(a, 40001, PW_CLOSE_WAIT, 12, "pool");
	put(a, 40002, PW_CLOSE_WAIT, 12, "pool");
	put(a, 40003, PW_FIN_WAIT2, 0, NULL);
	/* The small structure of TIME-WAIT is no connection that a process leaves open. */
	put_socket(a, PW_TCP, "10.0.0.1", 40004, PW_FIN_WAIT2, SELF)->timewait = true;
	assert_int_equal(export_sockets_count(&s, a), 0);
	assert_int_equal(export_half_closed(&s, a, limits, m), 0);
}

static void by_port_and_process(void **state)
{
	struct export_limits limits = { .top = 9, .self = SELF };
	_cleanup_(metrics_done) struct metrics m = {};
	_cleanup_(answer_done) struct answer a = {};

	(void)state;
	answer_init(&a);
	export(&a, &limits, &m);
	assert_int_equal(count(&m, "portwatch_half_closed_sockets{"), 4);
	assert_true(has(&m, "portwatch_half_closed_sockets{port=\"80\",netns=\"self\","
			    "state=\"CLOSE_WAIT\",comm=\"web\"} 2"));
	assert_true(has(&m, "portwatch_half_closed_sockets{port=\"80\",netns=\"self\","
			    "state=\"FIN_WAIT2\",comm=\"web\"} 1"));
	assert_true(has(&m, "portwatch_half_closed_sockets{port=\"ephemeral\",netns=\"self\","
			    "state=\"CLOSE_WAIT\",comm=\"pool\"} 3"));
	assert_true(has(&m, "portwatch_half_closed_sockets{port=\"ephemeral\",netns=\"self\","
			    "state=\"FIN_WAIT2\"} 1"));
}

static void limited_and_nameless(void **state)
{
	struct export_limits limits = { .top = 1, .self = SELF, .nameless = true };
	_cleanup_(metrics_done) struct metrics m = {};
	_cleanup_(answer_done) struct answer a = {};

	(void)state;
	answer_init(&a);
	export(&a, &limits, &m);
	export_dropped(&limits, &m);
	assert_int_equal(count(&m, "portwatch_half_closed_sockets{"), 1);
	assert_true(has(&m, "portwatch_half_closed_sockets{port=\"ephemeral\",netns=\"self\","
			    "state=\"CLOSE_WAIT\"} 3"));
	assert_true(has(&m, "portwatch_dropped_rows{table=\"half_closed\"} 3"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_port_and_process),
		cmocka_unit_test(limited_and_nameless),
	};

	return cmocka_run_group_tests_name("export_half", tests, NULL, NULL);
}
