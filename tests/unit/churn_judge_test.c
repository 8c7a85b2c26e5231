// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/churn_cells.h"
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

/* Take `nr` ports of a range of 100, to one destination. */
static void take(struct churn *c, int first, int nr, bool timewait, uint8_t stamps, bool own_port)
{
	for (int i = 0; i < nr; i++) {
		struct pw_churn_rec rec = {
			.pair = { .lport = (uint16_t)(40000 + first + i),
				  .rport = 5432,
				  .netns = NETNS },
			.state = timewait ? PW_TIME_WAIT : PW_ESTABLISHED,
			.side = PW_SIDE_CONNECTED,
			.stamps = stamps,
			.own_port = own_port,
			.timewait = timewait,
			.tgid = (uint32_t)(1000 + first + i),
			.start_ns = 1,
		};
		struct churn_socket s = { &rec, 5000, 55000 };
		struct pw_actor who = actor(rec.tgid, "one");

		who.start_ns = 1;
		rec.pair.laddr = address("10.0.0.2", &rec.family);
		rec.pair.raddr = address("10.0.0.5", &rec.family);
		assert_int_equal(churn_add_process(c, &who), 0);
		assert_int_equal(churn_add_socket(c, &s, false), 0);
	}
}

static void begin_small(struct churn *c, bool filtered)
{
	churn_init(c);
	begin_at(c, 0, 0, 0);
	c->query.filtered = filtered;
	c->netns[0].first = 40000;
	c->netns[0].last = 40099;
	c->netns[0].nr_ports = 100;
	c->netns[0].tw_reuse = 1;
}

static const struct churn_peer *only_peer(const struct churn *c)
{
	assert_int_equal(c->peers.nr, 1);
	return hmap_row(&c->peers, 0);
}

/* connect() takes a TIME-WAIT over only if that has a timestamp of its peer, whatever the sysctls.
 */
static void test_timestamps_of_the_peer(void **state)
{
	static const struct {
		uint8_t stamps;
		bool fails;
	} rows[] = { { PW_STAMPS_NONE, true },
		     { PW_STAMPS_KNOWN, false },
		     { PW_STAMPS_UNKNOWN, false } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct churn c;

		begin_small(&c, false);
		take(&c, 0, 100, true, rows[i].stamps, false);
		assert_int_equal(churn_finish(&c), 0);
		assert_row(i, (only_peer(&c)->exhausted_in == 0) == rows[i].fails);
		/* All in use is said in either case. */
		assert_row(i, c.nr_warnings == 1 && strstr(c.warnings[0], "100 of 100"));
		assert_row(i, !strstr(c.warnings[0], "fails now") == !rows[i].fails);
		assert_row(i, !strstr(c.warnings[0], "takes over 100 of them") == rows[i].fails);
		assert_row(i, strstr(c.warnings[0], "most belong to 100 processes named one"));
		churn_done(&c);
	}
}

/* At the limit there is room for no more TIME-WAITs, so they take no more ports. */
static void test_no_forecast_beyond_the_limit(void **state)
{
	struct churn c;

	(void)state;
	for (uint64_t max = 0; max <= 160; max += 40) {
		begin_small(&c, false);
		c.netns[0].max = max;
		c.netns[0].tw_reuse = 0;
		take(&c, 0, 40, true, PW_STAMPS_KNOWN, false);
		for (size_t i = 0; i < c.cells.nr; i++)
			((struct churn_cell *)hmap_row(&c.cells, i))->entered_all = 1; /* 20/s */
		assert_int_equal(churn_finish(&c), 0);
		assert_row(max, (only_peer(&c)->exhausted_in < 0) == (max == 40 || max == 80));
		assert_row(max, only_peer(&c)->levels == (max ? max < 160 ? max : 160 : 1200));
		churn_done(&c);
	}
}

/* Ports that bind() has taken are gone for each destination, and connect() takes over none. */
static void test_bound_ports(void **state)
{
	struct churn c;

	(void)state;
	begin_small(&c, false);
	take(&c, 0, 60, false, 0, true);
	take(&c, 30, 40, true, PW_STAMPS_KNOWN, true); /* 30 share a port with a live socket */
	take(&c, 70, 30, true, PW_STAMPS_NONE, false);
	assert_int_equal(churn_finish(&c), 0);
	assert_int_equal(c.netns[0].taken.live, 60);
	assert_int_equal(c.netns[0].taken.timewait, 10);
	assert_int_equal(only_peer(&c)->used, 100);
	assert_true(only_peer(&c)->exhausted_in == 0);
	assert_non_null(strstr(c.warnings[0], "(70 by bind(), for every destination)"));
	assert_non_null(strstr(c.warnings[0], "IP_BIND_ADDRESS_NO_PORT"));
	churn_done(&c);
}

/* A filter hides what it does not want, never a destination that it does. */
static void test_filtered(void **state)
{
	struct churn c;

	(void)state;
	begin_small(&c, true);
	take(&c, 0, 90, false, 0, false);
	assert_int_equal(churn_finish(&c), 0);
	assert_int_equal(c.nr_warnings, 0);
	assert_null(heaviest_peer(&c));
	churn_done(&c);

	begin_small(&c, true);
	take(&c, 0, 90, false, 0, false);
	add(&c, "10.0.0.2", 40099, "10.0.0.5", 5432, PW_SIDE_CONNECTED, &worker, false, -1);
	assert_int_equal(churn_finish(&c), 0);
	assert_int_equal(c.nr_warnings, 1);
	assert_int_equal(heaviest_peer(&c)->used, 91);
	churn_done(&c);
}

static const char *name_of(uint32_t inode)
{
	return inode == NETNS ? "blue" : NULL;
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
	assert_non_null(strstr(c.warnings[0], "network namespace 4026531840: "));
	begin_at(&c, 4, 0, 0);
	c.netns[0].overflowed = 9;
	c.netns_name = name_of;
	assert_int_equal(churn_finish(&c), 0);
	assert_non_null(strstr(c.warnings[0], "network namespace blue: 2 connections"));
	begin_at(&c, 6, 0, 0);
	c.netns[0].overflowed = 10;
	c.self = NETNS;
	assert_int_equal(churn_finish(&c), 0);
	assert_int_equal(strncmp(c.warnings[0], "1 connections", 13), 0);
	churn_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_warning),
		cmocka_unit_test(test_timestamps_of_the_peer),
		cmocka_unit_test(test_no_forecast_beyond_the_limit),
		cmocka_unit_test(test_bound_ports),
		cmocka_unit_test(test_filtered),
		cmocka_unit_test(test_limit),
	};

	web = actor(80, "nginx");
	worker = actor(812, "worker");
	return cmocka_run_group_tests_name("churn_judge", tests, NULL, NULL);
}
