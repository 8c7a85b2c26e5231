// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/churn.h"
#include "churn.h"
#include "model/churn_sort.h"
#include "unit.h"

/* An accepted connection counts for its port, a connection of ours for its destination. */
static void test_rows(void **state)
{
	struct churn_port **ports;
	struct churn_process **processes;
	struct churn c;
	size_t nr;

	(void)state;
	churn_init(&c);
	begin_at(&c, 0, 0, 0);
	for (uint16_t i = 0; i < 10; i++)
		add(&c, "10.0.0.2", SERVER, "10.0.0.9", 40000 + i, PW_SIDE_ACCEPTED, &web, true,
		    i < 4 ? 500 : 5000);
	/* A client by an IPv4 and by an IPv6 socket. */
	add(&c, "::ffff:10.0.0.2", SERVER, "::ffff:10.0.0.9", 50000, PW_SIDE_ACCEPTED, &web, true,
	    5000);
	for (uint16_t i = 0; i < 6; i++)
		add(&c, "10.0.0.2", 33000 + i, "10.0.0.5", 5432, PW_SIDE_CONNECTED, &worker, i < 5,
		    500);
	add(&c, "10.0.0.2", 33100, "10.0.0.5", 5432, PW_SIDE_CONNECTED, NULL, true, -1);
	assert_int_equal(churn_finish(&c), 0);
	assert_int_equal(c.total.current, 17);
	assert_int_equal(c.total.entered, 9);
	assert_false(c.total.ended_known);

	ports = churn_sort_ports(&c, CHURN_BY_CURRENT, &nr);
	assert_int_equal(nr, 2);
	assert_int_equal(ports[0]->key.port, SERVER);
	assert_int_equal(ports[0]->current, 11);
	assert_true(ports[0]->rate == 2);
	assert_int_equal(ports[1]->key.port, 0);
	assert_int_equal(ports[1]->current, 6);
	free(ports);
	ports = churn_sort_ports(&c, CHURN_BY_RATE, &nr);
	assert_int_equal(ports[0]->key.port, 0);
	free(ports);

	assert_int_equal(heaviest_peer(&c)->current, 11);
	assert_int_equal(heaviest_peer(&c)->key.rport, 0);

	processes = churn_sort_processes(&c, CHURN_BY_CURRENT, &nr);
	assert_int_equal(nr, 3);
	assert_int_equal(processes[0]->actor.tgid, web.tgid);
	assert_string_equal(processes[1]->actor.comm, "worker");
	assert_int_equal(processes[2]->actor.tgid, 0);
	assert_int_equal(processes[2]->current, 1);
	free(processes);
	churn_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
	};

	web = actor(80, "nginx");
	worker = actor(812, "worker");
	return cmocka_run_group_tests_name("churn_rows", tests, NULL, NULL);
}
