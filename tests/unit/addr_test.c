// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/addr.h"

#include <arpa/inet.h>

#include "unit.h"

static void test_round_trip(void **state)
{
	/* As ss and inet_ntop() write them. */
	static const char *const texts[] = {
		"0.0.0.0",
		"127.0.0.1",
		"255.255.255.255",
		"10.0.0.200",
		"::",
		"::1",
		"::ffff:127.0.0.1",
		"::ffff:0.0.0.0",
		"fe80::1",
		"2001:db8::8:800:200c:417a",
		"2001:db8:0:1:1:1:1:1",
		"1:0:0:2::3",
		"1::",
		"1:2:3:4:5:6:7:8",
		"1:2:3:4:5:6:7:0",
		"0:0:1::",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		char got[ADDR_LEN], want[INET6_ADDRSTRLEN];
		struct pw_addr a;
		uint8_t family;
		size_t len;

		a = address(texts[i], &family);
		len = addr_format(family, &a, got);
		assert_int_equal(len, strlen(got));
		assert_non_null(inet_ntop(family, a.b, want, sizeof(want)));
		assert_string_equal(got, want);
	}
}

/* Any address, with many zeros: the same text as the C library's. */
static void test_like_inet_ntop(void **state)
{
	(void)state;
	srandom(42);
	for (int i = 0; i < 200000; i++) {
		char got[ADDR_LEN], want[INET6_ADDRSTRLEN];
		uint8_t family = i % 8 ? PW_INET6 : PW_INET;
		struct pw_addr a = {};

		for (int k = 0; k < (family == PW_INET ? 4 : 16); k++)
			a.b[k] = random() % 3 ? 0 : (uint8_t)(random() % 5 ? random() : 0xff);
		addr_format(family, &a, got);
		assert_non_null(inet_ntop(family, a.b, want, sizeof(want)));
		assert_string_equal(got, want);
	}
}

static void test_ports(void **state)
{
	static const struct {
		const char *addr, *want;
		uint16_t port;
	} rows[] = {
		{ "127.0.0.1", "127.0.0.1:8000", 8000 },
		{ "0.0.0.0", "0.0.0.0:65535", 65535 },
		{ "::", "[::]:8000", 8000 },
		{ "::1", "[::1]:1", 1 },
		{ "::ffff:127.0.0.1", "[::ffff:127.0.0.1]:8000", 8000 },
		{ "::1", "[::1]:*", 0 },
		{ "10.0.0.1", "10.0.0.1:*", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char got[ADDR_PORT_LEN];
		uint8_t family;
		struct pw_addr a = address(rows[i].addr, &family);
		size_t len = addr_format_port(family, &a, rows[i].port, got);

		assert_int_equal(len, strlen(got));
		assert_string_equal(got, rows[i].want);
	}
	/* The longest there is fits. */
	{
		struct pw_addr a;
		char got[ADDR_PORT_LEN];

		memset(&a, 0xff, sizeof(a));
		assert_true(addr_format_port(PW_INET6, &a, 65535, got) < sizeof(got));
		/* No family: no crash, no invention. */
		addr_format(0, &a, got);
		assert_string_equal(got, "?");
	}
}

static void test_parse(void **state)
{
	static const char *const bad[] = {
		"",
		"1.2.3",
		"1.2.3.4.5",
		"256.0.0.1",
		" 127.0.0.1",
		"127.0.0.1 ",
		"127.1",
		"[]",
		"[127.0.0.1]",
		"[::1",
		"::1]",
		"[[::1]]",
		":::",
		"12345::",
		"::g",
		"localhost",
		"fe80::1%eth0",
		"*",
		"1:2:3:4:5:6:7:8:9",
		"0x7f.0.0.1",
		"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
	};
	struct pw_addr a = { .b = { 9 } }, before = a;
	uint8_t family = 77;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_free_ char *text = exact(bad[i], strlen(bad[i]));

		assert_row(i, addr_parse(text, strlen(bad[i]), &family, &a) == -EINVAL);
		assert_row(i, family == 77 && memcmp(&a, &before, sizeof(a)) == 0);
	}
	assert_int_equal(addr_parse("1.2.3.4\0x", 9, &family, &a), -EINVAL);

	assert_int_equal(addr_parse("[::1]:80", 5, &family, &a), 0);
	assert_int_equal(family, PW_INET6);
	assert_int_equal(a.b[15], 1);
	assert_int_equal(addr_parse("10.1.2.3:80", 8, &family, &a), 0);
	assert_int_equal(family, PW_INET);
	assert_memory_equal(a.b, "\x0a\x01\x02\x03\0\0\0\0\0\0\0\0\0\0\0\0", 16);
}

static void test_relations(void **state)
{
	uint8_t v4, v6, mapped_family, other_family, any4_family, any6_family;
	struct pw_addr a = address("127.0.0.1", &v4), b = address("::1", &v6);
	struct pw_addr mapped = address("::ffff:127.0.0.1", &mapped_family);
	struct pw_addr other = address("127.0.0.2", &other_family);
	struct pw_addr any4 = address("0.0.0.0", &any4_family), any6 = address("::", &any6_family);

	(void)state;
	assert_true(addr_equal(v4, &a, mapped_family, &mapped));
	assert_false(addr_equal(v4, &a, other_family, &other));
	assert_false(addr_equal(v4, &a, v6, &b));
	assert_false(addr_equal(any4_family, &any4, any6_family, &any6));
	assert_true(addr_is_any(any4_family, &any4));
	assert_true(addr_is_any(any6_family, &any6));
	assert_false(addr_is_any(v6, &b));
	assert_false(addr_is_any(mapped_family, &mapped));
	assert_true(addr_is_mapped(mapped_family, &mapped));
	assert_false(addr_is_mapped(v4, &a));
	assert_false(addr_is_mapped(v6, &b));

	assert_true(addr_compare(v4, &a, other_family, &other) < 0);
	assert_true(addr_compare(other_family, &other, v4, &a) > 0);
	assert_true(addr_compare(v4, &a, v6, &b) < 0);
	assert_true(addr_compare(v6, &b, mapped_family, &mapped) > 0);

	addr_unmap(&v6, &b);
	assert_int_equal(v6, PW_INET6);
	addr_unmap(&mapped_family, &mapped);
	assert_int_equal(mapped_family, PW_INET);
	assert_memory_equal(&mapped, &a, sizeof(a));
}

static void loopback(void **state)
{
	static const char *const yes[] = { "127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1" };
	static const char *const no[] = { "126.0.0.1", "0.0.0.0",	   "::",
					  "::2",       "::ffff:128.0.0.1", "7f00::1" };
	uint8_t family;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		struct pw_addr a = address(yes[i], &family);

		assert_row(i, addr_is_loopback(family, &a));
	}
	for (size_t i = 0; i < ARRAY_SIZE(no); i++) {
		struct pw_addr a = address(no[i], &family);

		assert_row(i, !addr_is_loopback(family, &a));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loopback),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_like_inet_ntop),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_relations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
