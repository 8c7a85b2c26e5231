// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/churn.h"
#include "churn.h"
#include "unit.h"

static void look_at_exhaustion(struct churn *c, const char *local, int nr)
{
	struct churn_netns *n;

	begin_at(c, 0, 0, 0);
	n = &c->netns[0];
	n->first = 40000;
	n->last = 40099;
	n->nr_ports = 100;
	n->max = 0;
	for (int i = 0; i < nr; i++)
		add(c, local, 40000 + i, "127.0.0.5", 5432, PW_SIDE_CONNECTED, &worker, i % 4, 500);
	assert_int_equal(churn_finish(c), 0);
}

/* The warning says where, when, who and what helps; and not what does not. */
static void test_warning(void **state)
{
	struct churn_peer *p;
	struct churn c;

	(void)state;
	churn_init(&c);
	look_at_exhaustion(&c, "10.0.0.2", 0);
	assert_int_equal(c.nr_warnings, 0);
	churn_done(&c);

	churn_init(&c);
	look_at_exhaustion(&c, "10.0.0.2", 40);
	/* To a loopback address: tcp_tw_reuse=2 applies, so only the last second counts. */
	p = heaviest_peer(&c);
	assert_true(p->forecast.reuse);
	assert_true(p->exhausted_in < 0);
	churn_done(&c);

	churn_init(&c);
	begin_at(&c, 0, 0, 0);
	for (int i = 0; i < 40; i++)
		add(&c, "10.0.0.2", 40000 + i, "10.0.0.5", 5432, PW_SIDE_CONNECTED, &worker, true,
		    500);
	c.netns[0].first = 40000;
	c.netns[0].last = 40099;
	c.netns[0].nr_ports = 100;
	assert_int_equal(churn_finish(&c), 0);
	p = heaviest_peer(&c);
	assert_true(p->exhausted_in > 2.9 && p->exhausted_in < 3.1); /* 60 left, 20 a second */
	assert_int_equal(c.nr_warnings, 1);
	assert_string_equal(
		c.warnings[0],
		"10.0.0.2 to 10.0.0.5:5432: 40 of 100 ephemeral ports in use; connect() will fail "
		"in 3 s (EADDRNOTAVAIL); most belong to worker (pid 812). What helps: keep connections open "
		"and use them again (keep-alive, a pool); net.ipv4.tcp_tw_reuse=1 lets connect() "
		"take the port of a TIME-WAIT older than a second; widen "
		"net.ipv4.ip_local_port_range (now 40000 40099); connect from or to more addresses");
	churn_done(&c);
}

static void test_limit(void **state)
{
	struct churn c;

	(void)state;
	churn_init(&c);
	begin_at(&c, 0, 0, 0);
	for (int i = 0; i < 800; i++)
		add(&c, "10.0.0.2", SERVER, "10.0.0.9", 10000 + i, PW_SIDE_ACCEPTED, &web, true, 0);
	assert_int_equal(churn_finish(&c), 0);
	assert_int_equal(c.nr_warnings, 1);
	assert_non_null(strstr(c.warnings[0], "800 of 1000"));
	begin_at(&c, 2, 0, 0);
	c.netns[0].overflowed = 7;
	assert_int_equal(churn_finish(&c), 0);
	assert_int_equal(c.nr_warnings, 1);
	assert_non_null(strstr(c.warnings[0], "7 connections ended without TIME-WAIT"));
	churn_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_warning),
		cmocka_unit_test(test_limit),
	};

	web = actor(80, "nginx");
	worker = actor(812, "worker");
	return cmocka_run_group_tests_name("churn_judge", tests, NULL, NULL);
}
