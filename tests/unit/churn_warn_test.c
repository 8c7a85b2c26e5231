// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/churn_warn.h"

#include "churn.h"

/* Cures depend on what takes the ports, and on what the kernel already does. */
static void test_cures(void **state)
{
	static const struct {
		struct churn_netns n;
		struct forecast f;
		uint32_t used;
		const char *has, *lacks;
	} rows[] = {
		{ { .timestamps = true, .last = 100 },
		  { .timewait = 9 },
		  9,
		  "keep connections open",
		  "most are live" },
		{ { .timestamps = true },
		  { .timewait = 9 },
		  9,
		  "net.ipv4.tcp_tw_reuse=1",
		  "tcp_timestamps" },
		{ { .timestamps = false },
		  { .timewait = 9 },
		  9,
		  "with net.ipv4.tcp_timestamps=1",
		  "IP_BIND" },
		{ { .timestamps = true },
		  { .timewait = 9, .held = 9 },
		  9,
		  "where the peer sends timestamps",
		  "IP_BIND" },
		{ { .timestamps = true },
		  { .timewait = 9, .held = 9, .reuse = true },
		  9,
		  "net.ipv4.tcp_timestamps=1 at the peer",
		  "tcp_tw_reuse" },
		{ { .timestamps = true },
		  { .live = 9, .timewait = 1 },
		  10,
		  "most are live connections",
		  "keep connections" },
		{ { .timestamps = true, .taken = { .live = 3, .timewait = 3 } },
		  { .live = 1 },
		  7,
		  "IP_BIND_ADDRESS_NO_PORT",
		  "most are live" },
		{ { .first = 1024, .last = 65535 },
		  { .live = 1 },
		  1,
		  "more addresses",
		  "ip_local_port_range" },
		{ { .first = 40000, .last = 40099 },
		  { .live = 1 },
		  1,
		  "widen net.ipv4.ip_local_port_range (now 40000 40099)",
		  "tcp_tw_reuse" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct churn_peer p = { .forecast = rows[i].f, .used = rows[i].used };
		_cleanup_free_ char *text = churn_cure(&rows[i].n, &p);

		assert_row(i, text && strstr(text, rows[i].has));
		assert_row(i, text && !strstr(text, rows[i].lacks));
	}
}

/* Say why ports that do not run out are all in use. */
static void test_levels(void **state)
{
	static const struct {
		struct forecast f;
		double exhausted_in;
		const char *has;
	} rows[] = {
		{ { .timewait = 90 },
		  0,
		  "90 of 100 ephemeral ports in use; connect() fails now (EADDRNOTAVAIL)." },
		{ { .timewait = 90 }, 12, "in use; connect() will fail in 12 s (EADDRNOTAVAIL)." },
		{ { .timewait = 90 }, -1, "in use. What helps: close" },
		{ { .timewait = 90, .rate = 1.2 }, -1, "in use; at this rate it levels at 72." },
		{ { .timewait = 90, .ceiling = 90 },
		  -1,
		  "in use; TIME-WAIT is at its limit (net.ipv4.tcp_max_tw_buckets)." },
		{ { .timewait = 90, .young = 2, .held = 3, .reuse = true },
		  -1,
		  "in use; connect() takes over 85 of them (net.ipv4.tcp_tw_reuse)." },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct churn_netns n = { .inode = NETNS };
		struct churn_peer p = {
			.forecast = rows[i].f,
			.used = 90,
			.nr_ports = 100,
			.levels = 72,
			.exhausted_in = rows[i].exhausted_in,
			.cure = (char *)"close some",
		};
		struct churn c;

		p.key.laddr = address("10.0.0.2", &p.key.family);
		p.key.raddr = address("10.0.0.5", &p.key.family);
		p.key.rport = 5432;
		churn_init(&c);
		assert_int_equal(churn_warn_of_peer(&c, &n, &p), 0);
		assert_int_equal(c.nr_warnings, 1);
		assert_row(i, strstr(c.warnings[0], "10.0.0.2 to 10.0.0.5:5432: "));
		assert_row(i, strstr(c.warnings[0], rows[i].has));
		churn_done(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cures),
		cmocka_unit_test(test_levels),
	};

	return cmocka_run_group_tests_name("churn_warn", tests, NULL, NULL);
}
