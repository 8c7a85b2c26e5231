// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/export_sockets.h"
#include "print/metrics_text.h"

#include "export.h"

static void put(struct answer *a, uint16_t port, uint32_t waiting, uint32_t backlog, uint32_t drops)
{
	struct socket *s = put_socket(a, PW_TCP, "0.0.0.0", port, PW_LISTEN, SELF);

	s->has_drops = true;
	s->waiting = waiting;
	s->s.backlog = backlog;
	s->drops = drops;
}

/* Sockets of a group share a row, a queue that is not known has none, and the fullest stay. */
static void queues(void **state)
{
	struct export_limits limits = { .top = 2, .self = SELF };
	_cleanup_(metrics_done) struct metrics m = {};
	_cleanup_(answer_done) struct answer a = {};

	(void)state;
	answer_init(&a);
	put(&a, 22, 0, 128, 0);
	put(&a, 80, 9, 8, 3);
	put(&a, 80, 1, 8, 4);
	put(&a, 90, 0, 5, 1);
	put_socket(&a, PW_TCP, "0.0.0.0", 91, PW_LISTEN, SELF);
	put_socket(&a, PW_TCP, "0.0.0.0", 80, PW_ESTABLISHED, SELF)->has_drops = true;
	put_socket(&a, PW_UDP, "0.0.0.0", 80, PW_UNCONN, SELF)->has_drops = true;
	assert_int_equal(export_queues(&a, &limits, &m), 0);
	export_dropped(&limits, &m);
	assert_int_equal(count(&m, "portwatch_listener_queue_connections{"), 2);
	assert_true(has(&m, "portwatch_listener_queue_connections{addr=\"0.0.0.0\",port=\"80\","
			    "netns=\"self\"} 10"));
	assert_true(has(&m, "portwatch_listener_queue_limit{addr=\"0.0.0.0\",port=\"80\","
			    "netns=\"self\"} 16"));
	assert_true(has(&m, "portwatch_listener_drops_total{addr=\"0.0.0.0\",port=\"80\","
			    "netns=\"self\"} 7"));
	assert_true(has(&m, "portwatch_listener_drops_total{addr=\"0.0.0.0\",port=\"90\","
			    "netns=\"self\"} 1"));
	assert_true(has(&m, "portwatch_dropped_rows{table=\"queues\"} 1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(queues) };

	return cmocka_run_group_tests_name("export_queues", tests, NULL, NULL);
}
