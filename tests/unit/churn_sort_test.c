// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/churn_sort.h"

#include "churn.h"

struct weight {
	uint64_t current, entered;
	double rate;
};

/* Weights of rows 1, 2… and the rows that are to be shown, in their order. */
static const struct {
	struct weight rows[4];
	size_t by_current[4], by_rate[4]; /* 0: the end */
} cases[] = {
	{ {}, {}, {} },
	{ { { 1, 1, 0.5 } }, { 1 }, { 1 } },
	/* Neither TIME-WAIT nor a rate: left out. Either of them is enough. */
	{ { { 0, 0, 0 }, { 0, 3, 1 }, { 2, 0, 0 }, { 0, 0, 9 } }, { 3, 2 }, { 2, 3 } },
	{ { { 1, 1, 9 }, { 3, 1, 2 }, { 2, 1, 5 } }, { 2, 3, 1 }, { 1, 3, 2 } },
	/* The other weight decides where the first is equal. */
	{ { { 5, 1, 1 }, { 5, 1, 3 }, { 5, 1, 2 }, { 9, 1, 0 } }, { 4, 2, 3, 1 }, { 2, 3, 1, 4 } },
	{ { { 1, 1, 2 }, { 3, 1, 2 }, { 2, 1, 2 } }, { 2, 3, 1 }, { 2, 3, 1 } },
	/* Parts of a whole count, and so do great numbers. */
	{ { { UINT64_MAX, 1, 0.25 }, { 1ull << 33, 1, 0.5 }, { 1, 1, 0.75 } },
	  { 1, 2, 3 },
	  { 3, 2, 1 } },
	/* Without a difference the key decides, whatever came first. */
	{ { { 1, 1, 1 }, { 1, 1, 1 }, { 1, 1, 1 }, { 1, 1, 1 } }, { 1, 2, 3, 4 }, { 1, 2, 3, 4 } },
};

#define ROWS 4

/* Add row i of a case to each of the three maps. */
static void add_row(struct churn *c, size_t i, const struct weight *w)
{
	struct churn_port_key port = { .port = (uint16_t)i };
	struct churn_peer_key peer = { .family = PW_INET, .raddr.b = { (uint8_t)i } };
	struct churn_process_key process = { .tgid = (uint32_t)i, .start_ns = 100 - i };
	struct churn_port *p = hmap_put(&c->ports, &port);
	struct churn_peer *e = hmap_put(&c->peers, &peer);
	struct churn_process *o = hmap_put(&c->processes, &process);

	p->current = e->current = o->current = w->current;
	p->entered = e->entered = o->entered = w->entered;
	p->rate = e->rate = o->rate = w->rate;
	e->exhausted_in = FORECAST_NEVER;
}

static void assert_order(struct churn *c, size_t n, enum churn_order by, const size_t *want)
{
	size_t nr_ports, nr_peers, nr_processes, nr = 0;
	_cleanup_free_ struct churn_port **ports = churn_sort_ports(c, by, &nr_ports);
	_cleanup_free_ struct churn_peer **peers = churn_sort_peers(c, by, &nr_peers);
	_cleanup_free_ struct churn_process **processes =
		churn_sort_processes(c, by, &nr_processes);

	assert_true(ports && peers && processes);
	while (nr < ROWS && want[nr])
		nr++;
	assert_row(n, nr_ports == nr && nr_peers == nr && nr_processes == nr);
	for (size_t i = 0; i < nr; i++) {
		assert_row(n, ports[i]->key.port == want[i]);
		assert_row(n, peers[i]->key.raddr.b[0] == want[i]);
		assert_row(n, processes[i]->key.tgid == want[i]);
	}
}

static void test_orders(void **state)
{
	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(cases); n++)
		for (int backwards = 0; backwards < 2; backwards++) {
			struct churn c;

			churn_init(&c);
			for (size_t i = 1; i <= ROWS; i++) {
				size_t row = backwards ? ROWS + 1 - i : i;

				add_row(&c, row, &cases[n].rows[row - 1]);
			}
			assert_order(&c, n, CHURN_BY_CURRENT, cases[n].by_current);
			assert_order(&c, n, CHURN_BY_RATE, cases[n].by_rate);
			churn_done(&c);
		}
}

/* A peer with live connections alone is shown when these fill the range, unless the filter wants
 * none of them. */
static void test_peer_without_timewait(void **state)
{
	static const struct {
		bool crowded, filtered, wanted;
		size_t shown;
	} rows[] = {
		{ false, false, false, 0 }, { false, true, false, 0 }, { false, true, true, 0 },
		{ true, false, false, 1 },  { true, true, false, 0 },  { true, true, true, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct churn c;
		struct churn_peer_key key = { .rport = 80 };
		struct churn_peer **v, *p;
		size_t nr;

		churn_init(&c);
		c.query.filtered = rows[i].filtered;
		p = hmap_put(&c.peers, &key);
		p->cure = rows[i].crowded ? strdup("close some") : NULL;
		p->wanted = rows[i].wanted;
		v = churn_sort_peers(&c, CHURN_BY_CURRENT, &nr);
		assert_row(i, v && nr == rows[i].shown);
		free(v);
		churn_done(&c);
	}
}

/* Peers of one weight are in the order of their addresses, IPv4 first, then of the rest. */
static void test_peers_by_address(void **state)
{
	static const struct {
		const char *remote;
		uint16_t rport;
	} want[] = { { "9.0.0.1", 80 }, { "10.0.0.1", 80 }, { "10.0.0.1", 81 }, { "::1", 80 } };
	struct churn_peer **v;
	struct churn c;
	size_t nr;

	(void)state;
	churn_init(&c);
	for (size_t i = ARRAY_SIZE(want); i--;) {
		struct churn_peer_key key = { .rport = want[i].rport };
		struct churn_peer *p;

		key.raddr = address(want[i].remote, &key.family);
		/* The local address is looked at last. */
		key.laddr.b[0] = (uint8_t)(want[i].rport == 80 ? 9 - i : 99);
		p = hmap_put(&c.peers, &key);
		p->current = 1;
	}
	v = churn_sort_peers(&c, CHURN_BY_CURRENT, &nr);
	assert_int_equal(nr, ARRAY_SIZE(want));
	for (size_t i = 0; i < nr; i++) {
		uint8_t family;
		struct pw_addr a = address(want[i].remote, &family);

		assert_row(i, !memcmp(&v[i]->key.raddr, &a, sizeof(a)));
		assert_row(i, v[i]->key.rport == want[i].rport);
	}
	free(v);
	churn_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_peer_without_timewait),
		cmocka_unit_test(test_peers_by_address),
	};

	return cmocka_run_group_tests_name("churn_sort", tests, NULL, NULL);
}
