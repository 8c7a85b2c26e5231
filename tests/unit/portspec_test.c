// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/portspec.h"

#include "unit.h"

/* A refused range leaves the set as it was. */
static void test_add(void **state)
{
	_cleanup_(portspec_done) struct portspec p = {};

	(void)state;
	assert_int_equal(portspec_add(&p, 0, 5, 0), -EINVAL);
	assert_int_equal(portspec_add(&p, 5, 4, 0), -EINVAL);
	assert_true(portspec_empty(&p));
	assert_int_equal(portspec_add(&p, 5, 5, PW_TCP), 0);
	assert_int_equal(portspec_add(&p, 1, 65535, 0), 0);
	assert_int_equal(p.nr, 2);
	assert_int_equal(p.ranges[0].proto, PW_TCP);
	assert_int_equal(p.ranges[1].last, 65535);
}

static void test_describe(void **state)
{
	_cleanup_(strbuf_done) struct strbuf why = {}, got = {};
	_cleanup_(portspec_done) struct portspec p = {};

	(void)state;
	assert_int_equal(
		portspec_parse(&p, "localhost:8000 53/udp,3000-3010/tcp 8000", NULL, NULL, &why),
		0);
	portspec_describe(&p, &got);
	assert_string_equal(strbuf_str(&got), "8000, 53/udp, 3000-3010/tcp");
}

static bool matches(const char *spec, const char *laddr, uint16_t lport, uint8_t proto, bool v6only)
{
	_cleanup_(strbuf_done) struct strbuf why = {};
	_cleanup_(portspec_done) struct portspec p = {};
	uint8_t family;
	struct pw_addr a = address(laddr, &family);

	assert_int_equal(portspec_parse(&p, spec, NULL, NULL, &why), 0);
	return portspec_match(&p, proto, family, &a, lport, v6only, NULL);
}

static void test_match(void **state)
{
	static const struct {
		const char *spec, *laddr;
		uint16_t lport;
		uint8_t proto;
		bool v6only, want;
	} rows[] = {
		{ "8000", "127.0.0.1", 8000, PW_TCP, false, true },
		{ "8000", "::1", 8000, PW_UDP, false, true },
		{ "8000", "::1", 8001, PW_UDP, false, false },
		{ "8000/tcp", "::1", 8000, PW_UDP, false, false },
		{ "8000/tcp,8000/udp", "::1", 8000, PW_UDP, false, true },
		{ "3000-3010", "::1", 3000, PW_TCP, false, true },
		{ "3000-3010", "::1", 3010, PW_TCP, false, true },
		{ "3000-3010", "::1", 2999, PW_TCP, false, false },
		{ "3000-3010", "::1", 3011, PW_TCP, false, false },

		/* Sockets in the way of binding that address. */
		{ "127.0.0.1:80", "127.0.0.1", 80, PW_TCP, false, true },
		{ "127.0.0.1:80", "127.0.0.2", 80, PW_TCP, false, false },
		{ "127.0.0.1:80", "0.0.0.0", 80, PW_TCP, false, true },
		{ "127.0.0.1:80", "::", 80, PW_TCP, false, true },
		{ "127.0.0.1:80", "::", 80, PW_TCP, true, false },
		{ "127.0.0.1:80", "::ffff:127.0.0.1", 80, PW_TCP, false, true },
		{ "127.0.0.1:80", "::ffff:0.0.0.0", 80, PW_TCP, false, true },
		{ "127.0.0.1:80", "::1", 80, PW_TCP, false, false },
		{ "[::ffff:127.0.0.1]:80", "127.0.0.1", 80, PW_TCP, false, true },
		{ "[::1]:80", "::1", 80, PW_TCP, false, true },
		{ "[::1]:80", "::", 80, PW_TCP, false, true },
		{ "[::1]:80", "::", 80, PW_TCP, true, true },
		{ "[::1]:80", "0.0.0.0", 80, PW_TCP, false, false },
		{ "[::1]:80", "fe80::1", 80, PW_TCP, false, false },
		{ "0.0.0.0:80", "10.1.2.3", 80, PW_TCP, false, true },
		{ "0.0.0.0:80", "::", 80, PW_TCP, false, true },
		{ "0.0.0.0:80", "::", 80, PW_TCP, true, false },
		{ "0.0.0.0:80", "::1", 80, PW_TCP, false, false },
		{ "[::]:80", "10.1.2.3", 80, PW_TCP, false, true },
		{ "[::]:80", "::1", 80, PW_TCP, false, true },
		{ "[::]:80", "::1", 81, PW_TCP, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_row(i, matches(rows[i].spec, rows[i].laddr, rows[i].lport, rows[i].proto,
				      rows[i].v6only) == rows[i].want);
}

static void test_devices(void **state)
{
	static const struct {
		const char *spec, *laddr, *device;
		bool want;
	} rows[] = {
		{ "127.0.0.53%lo:53", "127.0.0.53", "lo", true },
		{ "127.0.0.53%lo:53", "127.0.0.53", "eth0", false },
		/* A socket that is bound to no device is in the way on each. */
		{ "127.0.0.53%lo:53", "127.0.0.53", NULL, true },
		{ "127.0.0.53%lo:53", "127.0.0.54", "lo", false },
		{ "127.0.0.53:53", "127.0.0.53", "eth0", true },
		{ "[fe80::1%eth0]:53", "fe80::1", "eth0", true },
		{ "[fe80::1%eth0]:53", "fe80::1", "eth1", false },
		{ "[fe80::1]%eth0:53", "fe80::1", "eth0", true },
		{ "[fe80::1]%eth0:53", "fe80::1", "eth1", false },
		{ "%lo:53", "10.0.0.1", "lo", true },
		{ "*%lo:53/udp", "10.0.0.1", "lo", true },
		{ "%lo:53", "10.0.0.1", "lo1", false },
		{ "udp:%br-0.5@x:53", "::1", "br-0.5@x", true },
	};
	uint8_t family;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(strbuf_done) struct strbuf why = {};
		_cleanup_(portspec_done) struct portspec p = {};
		struct pw_addr a = address(rows[i].laddr, &family);

		assert_int_equal(portspec_parse(&p, rows[i].spec, NULL, NULL, &why), 0);
		assert_row(i, portspec_match(&p, PW_UDP, family, &a, 53, false, rows[i].device) ==
				      rows[i].want);
	}
}

static void test_sets(void **state)
{
	_cleanup_(strbuf_done) struct strbuf why = {};
	_cleanup_(portspec_done) struct portspec p = {};
	uint64_t map[PORTSPEC_WORDS];
	struct pw_addr any = {};
	size_t n = 0;

	(void)state;
	assert_true(portspec_empty(&p));
	assert_false(portspec_match(&p, PW_TCP, PW_INET, &any, 80, false, NULL));
	assert_int_equal(portspec_proto(&p), 0);
	assert_int_equal(portspec_count(&p), 0);

	assert_int_equal(portspec_parse(&p, "63-65/tcp,65535/tcp", NULL, NULL, &why), 0);
	assert_false(portspec_empty(&p));
	assert_int_equal(portspec_proto(&p), PW_TCP);
	assert_int_equal(portspec_count(&p), 4);
	portspec_bitmap(&p, PW_UDP, map);
	for (size_t i = 0; i < PORTSPEC_WORDS; i++)
		assert_int_equal(map[i], 0);
	portspec_bitmap(&p, PW_TCP, map);
	for (uint32_t port = 0; port < 65536; port++)
		n += port_bit(map, (uint16_t)port);
	assert_int_equal(n, 4);
	assert_true(port_bit(map, 63) && port_bit(map, 64) && port_bit(map, 65) &&
		    port_bit(map, 65535));

	assert_int_equal(portspec_parse(&p, "53/udp 64", NULL, NULL, &why), 0);
	assert_int_equal(portspec_proto(&p), 0);
	assert_int_equal(portspec_count(&p), 5);
	portspec_bitmap(&p, PW_UDP, map);
	assert_true(port_bit(map, 53) && port_bit(map, 64) && !port_bit(map, 63));
	portspec_bitmap(&p, 0, map);
	assert_true(port_bit(map, 53) && port_bit(map, 63));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),	cmocka_unit_test(test_describe),
		cmocka_unit_test(test_match),	cmocka_unit_test(test_sets),
		cmocka_unit_test(test_devices),
	};

	return cmocka_run_group_tests_name("portspec", tests, NULL, NULL);
}
