// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/churn.h"

#include "print/churn_print.h"
#include "unit.h"

#define NETNS 4026531840
#define SECOND UINT64_C(1000000000)
#define SERVER 8000

static struct pw_actor web, worker;

static void begin_at(struct churn *c, uint64_t seconds, uint64_t entered, uint64_t left)
{
	struct churn_query look = {
		.time_ns = (100 + seconds) * SECOND,
		.interval_ns = 2 * SECOND,
		.counted = true,
		.exact = true,
	};
	struct churn_netns n = {
		.inode = NETNS,
		.max = 1000,
		.first = 32768,
		.last = 60999,
		.timestamps = true,
		.tw_reuse = 2,
		.reuse_delay_ms = 1000,
	};

	look.stats[PW_STAT_TW_ENTERED] = entered;
	look.stats[PW_STAT_TW_LEFT] = left;
	churn_begin(c, &look);
	assert_int_equal(churn_add_netns(c, &n), 0);
}

static void add(struct churn *c, const char *local, uint16_t lport, const char *remote,
		uint16_t rport, enum pw_side side, const struct pw_actor *who, bool timewait,
		int64_t age_ms)
{
	struct pw_churn_rec rec = {
		.pair = { .lport = lport, .rport = rport, .netns = NETNS },
		.state = timewait ? PW_TIME_WAIT : PW_ESTABLISHED,
		.side = side,
		.timewait = timewait,
	};
	struct churn_socket s = { &rec, age_ms, age_ms < 0 ? -1 : 60000 - age_ms };

	rec.pair.laddr = address(local, &rec.family);
	rec.pair.raddr = address(remote, &rec.family);
	if (who) {
		rec.tgid = who->tgid;
		rec.start_ns = who->start_ns;
		assert_int_equal(churn_add_process(c, who), 0);
	}
	assert_int_equal(churn_add_socket(c, &s, true), 0);
}

static void count(struct churn *c, const char *remote, uint16_t rport, const struct pw_actor *who,
		  uint64_t since, uint64_t entered)
{
	struct pw_churn_key key = {
		.tgid = who->tgid, .start_ns = who->start_ns, .netns = NETNS, .rport = rport
	};
	struct pw_churn value = { .since_ns = since, .entered = entered, .actor = *who };

	key.laddr = address("10.0.0.2", &key.family);
	key.raddr = address(remote, &key.family);
	assert_int_equal(churn_add_count(c, &key, &value, true), 0);
}

static struct churn_peer *heaviest_peer(struct churn *c)
{
	size_t nr;
	_cleanup_free_ struct churn_peer **v = churn_sort_peers(c, CHURN_BY_CURRENT, &nr);

	assert_non_null(v);
	return nr ? v[0] : NULL;
}

/* Of an accepted connection the port counts, of one of ours the destination. */
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
	/* The same client by IPv4 and by an IPv6 socket. */
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

/* Between two looks the counters count, also what ended at once; one that was pushed out begins
 * anew; what no counter has is stated. */
static void test_counters(void **state)
{
	struct churn c;

	(void)state;
	churn_init(&c);
	begin_at(&c, 0, 1000, 900);
	count(&c, "10.0.0.5", 5432, &worker, 1, 700);
	count(&c, "10.0.0.6", 5432, &worker, 2, 300);
	churn_counted(&c, 1010); /* ten more meanwhile */
	add(&c, "10.0.0.2", 33000, "10.0.0.5", 5432, PW_SIDE_CONNECTED, &worker, true, 500);
	assert_int_equal(churn_finish(&c), 0);
	assert_int_equal(c.total.entered, 1);

	begin_at(&c, 2, 1500, 1300);
	count(&c, "10.0.0.5", 5432, &worker, 1, 1100);
	count(&c, "10.0.0.6", 5432, &worker, 77, 60); /* pushed out meanwhile */
	churn_counted(&c, 1500);
	add(&c, "10.0.0.2", 33000, "10.0.0.5", 5432, PW_SIDE_CONNECTED, &worker, true, 500);
	assert_int_equal(churn_finish(&c), 0);
	assert_int_equal(c.total.entered, 500);
	assert_true(c.total.entered_per_s == 250);
	assert_true(c.total.ended_per_s == 200);
	assert_int_equal(c.total.unattributed, 30);
	assert_int_equal(heaviest_peer(&c)->entered, 400);
	assert_true(heaviest_peer(&c)->rate == 200);

	begin_at(&c, 4, 1500, 1300);
	count(&c, "10.0.0.5", 5432, &worker, 1, 1105); /* after the sum was read */
	count(&c, "10.0.0.6", 5432, &worker, 77, 60);
	churn_counted(&c, 1505);
	assert_int_equal(churn_finish(&c), 0);
	assert_int_equal(c.total.unattributed, 0);

	begin_at(&c, 6, 1530, 1300);
	count(&c, "10.0.0.5", 5432, &worker, 1, 1110);
	count(&c, "10.0.0.6", 5432, &worker, 77, 60);
	churn_counted(&c, 1530);
	assert_int_equal(churn_finish(&c), 0);
	assert_int_equal(c.total.unattributed, 20);
	churn_done(&c);
}

/* Two sockets that began within the interval, and a counter that has grown by more. */
static uint64_t second_look(bool counted, bool lports)
{
	struct churn c;
	uint64_t entered;

	churn_init(&c);
	for (int i = 0; i < 2; i++) {
		struct churn_query look = {
			.time_ns = (100 + 2 * i) * SECOND,
			.interval_ns = 2 * SECOND,
			.counted = counted,
			.filtered = true,
			.lports = lports,
		};
		struct churn_netns n = { .inode = NETNS };

		churn_begin(&c, &look);
		if (counted)
			count(&c, "10.0.0.5", 5432, &worker, 1, 700 + 5 * i);
		assert_int_equal(churn_add_netns(&c, &n), 0);
		for (int k = 0; k < 3; k++)
			add(&c, "10.0.0.2", 33000 + k, "10.0.0.5", 5432, PW_SIDE_CONNECTED, &worker,
			    true, k * 1500);
		assert_int_equal(churn_finish(&c), 0);
	}
	entered = c.total.entered;
	churn_done(&c);
	return entered;
}

/* Where nothing counts what is asked for, the ages of those that are there do: without a tracker,
 * and by a port that the kernel chose. */
static void test_by_age(void **state)
{
	(void)state;
	assert_int_equal(second_look(true, false), 5);
	assert_int_equal(second_look(false, false), 2);
	assert_int_equal(second_look(true, true), 5 + 2); /* the unit's counter is always wanted */
}

/* Without hooks for the end, what is there and what was there tell. */
static void test_inferred_end(void **state)
{
	struct churn_query look = { .time_ns = SECOND, .interval_ns = SECOND, .counted = true };
	struct churn_netns n = { .inode = NETNS };
	struct churn c;

	(void)state;
	churn_init(&c);
	for (int i = 0; i < 2; i++) {
		churn_begin(&c, &look);
		assert_int_equal(churn_add_netns(&c, &n), 0);
		for (int k = 0; k < (i ? 3 : 5); k++)
			add(&c, "10.0.0.2", SERVER, "10.0.0.9", 40000 + k, PW_SIDE_ACCEPTED, &web,
			    true, 9000);
		assert_int_equal(churn_finish(&c), 0);
		look.time_ns += SECOND;
		look.stats[PW_STAT_TW_ENTERED] += 4;
	}
	assert_true(c.total.entered_per_s == 4);
	assert_true(c.total.ended_per_s == 6);
	churn_done(&c);
}

/* Older than the tracker: the port that is met again and again is the server's. */
static void test_unsure(void **state)
{
	struct churn c;
	size_t nr;
	struct churn_port **v;

	(void)state;
	churn_init(&c);
	begin_at(&c, 0, 0, 0);
	for (uint16_t i = 0; i < 5; i++)
		add(&c, "10.0.0.2", 45000, "10.0.0.9", 40000 + i, PW_SIDE_UNKNOWN, NULL, true, 0);
	for (uint16_t i = 0; i < 4; i++)
		add(&c, "10.0.0.2", 46000 + i, "10.0.0.9", 50000, PW_SIDE_UNKNOWN, NULL, true, 0);
	add(&c, "10.0.0.2", 443, "10.0.0.9", 40100, PW_SIDE_UNKNOWN, NULL, true, 0);
	assert_int_equal(churn_finish(&c), 0);
	v = churn_sort_ports(&c, CHURN_BY_CURRENT, &nr);
	assert_int_equal(nr, 3);
	assert_int_equal(v[0]->key.port, 45000);
	assert_int_equal(v[1]->key.port, 0);
	assert_int_equal(v[1]->current, 4);
	assert_int_equal(v[2]->key.port, 443);
	free(v);
	churn_done(&c);
}

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
		"in 3 s (EADDRNOTAVAIL); most are of worker[812]. What helps: keep connections open "
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

static char *printed(struct churn *c, bool json)
{
	struct out_opts opts = { .json = json, .header = true, .netns = NETNS };
	struct churn_print_opts how = { .view = CHURN_ALL };
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	assert_int_equal(json ? churn_json(c, &how, &opts, f) : churn_text(c, &how, &opts, f), 0);
	fclose(f);
	return text;
}

static void test_output(void **state)
{
	_cleanup_free_ char *json = NULL, *text = NULL;
	struct pw_actor evil = actor(7, "a\033]b");
	struct churn c;

	(void)state;
	churn_init(&c);
	begin_at(&c, 0, 12, 3);
	add(&c, "10.0.0.2", SERVER, "10.0.0.9", 40000, PW_SIDE_ACCEPTED, &evil, true, 500);
	add(&c, "10.0.0.2", 33000, "10.0.0.5", 5432, PW_SIDE_CONNECTED, &worker, true, 5000);
	assert_int_equal(churn_finish(&c), 0);
	json = printed(&c, true);
	assert_string_equal(
		json,
		"{\"time\":\"1970-01-01T00:01:40.000000Z\",\"interval_s\":2.000,\"exact\":true,"
		"\"total\":{\"current\":2,\"fin_wait2\":0,\"entered_per_s\":0.5,\"max\":1000,"
		"\"overflowed\":0},\"tracker\":{\"entered\":12,\"fin_wait2\":0,\"ended\":3,"
		"\"reused\":0,\"unattributed\":0},"
		"\"by_netns\":[{\"netns\":4026531840,\"current\":2,\"max\":1000,\"overflowed\":0,"
		"\"ephemeral_total\":28232}],"
		"\"by_port\":[{\"netns\":4026531840,\"port\":8000,\"current\":1,"
		"\"entered_per_s\":0.5},{\"netns\":4026531840,\"ephemeral\":true,\"current\":1,"
		"\"entered_per_s\":0.0}],"
		"\"by_peer\":[{\"netns\":4026531840,\"local_addr\":\"10.0.0.2\",\"remote\":{"
		"\"addr\":\"10.0.0.9\"},\"current\":1,\"entered_per_s\":0.5},"
		"{\"netns\":4026531840,\"local_addr\":\"10.0.0.2\",\"remote\":{\"addr\":"
		"\"10.0.0.5\",\"port\":5432},\"current\":1,\"entered_per_s\":0.0,"
		"\"ephemeral_used\":1,\"ephemeral_total\":28232,\"process\":{\"pid\":812,"
		"\"comm\":\"worker\"}}],"
		"\"by_process\":[{\"pid\":7,\"comm\":\"a\\u001b]b\",\"current\":1,"
		"\"entered_per_s\":0.5},{\"pid\":812,\"comm\":\"worker\",\"current\":1,"
		"\"entered_per_s\":0.0}],\"warnings\":[]}\n");
	text = printed(&c, false);
	assert_non_null(strstr(text, "2 TIME-WAIT of at most 1000, +0.5/s\n"));
	assert_non_null(
		strstr(text, "\n8000               1    0.5\nephemeral          1    0.0\n"));
	assert_non_null(strstr(text, "10.0.0.2:*  10.0.0.5:5432          1    0.0  1 of 28232  "
				     "worker[812]\n"));
	assert_non_null(strstr(text, "\na\\x1b]b[7]"));
	churn_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),   cmocka_unit_test(test_counters),
		cmocka_unit_test(test_by_age), cmocka_unit_test(test_inferred_end),
		cmocka_unit_test(test_unsure), cmocka_unit_test(test_warning),
		cmocka_unit_test(test_limit),  cmocka_unit_test(test_output),
	};

	web = actor(80, "nginx");
	worker = actor(812, "worker");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
