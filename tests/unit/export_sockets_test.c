// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/export_counts.h"
#include "model/export_sockets.h"
#include "print/metrics_text.h"

#include "export.h"
#include "unit.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sockets_by_port_and_state),
		cmocka_unit_test(accepts_are_limited_to_the_busiest),
	};

	return cmocka_run_group_tests_name("export_sockets", tests, NULL, NULL);
}
