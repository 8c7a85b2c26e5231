// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/portspec.h"

#include "unit.h"

/* A services file in which the protocols do not always agree. */
static int service(void *arg, const char *name, uint8_t proto, uint16_t *ret)
{
	static const struct {
		const char *name;
		uint16_t tcp, udp;
	} services[] = {
		{ "http", 80, 0 },  { "domain", 53, 53 },	{ "http-alt", 8080, 8080 },
		{ "tftp", 0, 69 },  { "3com-tsmux", 106, 106 }, { "exec", 512, 0 },
		{ "biff", 0, 512 }, { "odd", 1000, 2000 },	{ "zero", 0, 0 },
	};

	assert_null(arg);
	for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
		uint16_t port = proto == PW_TCP ? services[i].tcp : services[i].udp;

		if (strcmp(name, services[i].name) == 0 && port) {
			*ret = port;
			return 0;
		}
	}
	return -ENOENT;
}

static void render(struct strbuf *out, const struct portspec *p)
{
	char buf[ADDR_LEN];

	for (size_t i = 0; i < p->nr; i++) {
		const struct port_range *r = &p->ranges[i];

		strbuf_adds(out, i ? " " : "");
		if (r->family) {
			addr_format(r->family, &r->addr, buf);
			strbuf_addf(out, "%s:", buf);
		}
		strbuf_addf(out, "%u-%u/%u", r->first, r->last, r->proto);
	}
}

static void test_forms(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "8000", "8000-8000/0" },
		{ "1", "1-1/0" },
		{ "65535", "65535-65535/0" },
		{ "8000/tcp", "8000-8000/6" },
		{ "53/udp", "53-53/17" },
		{ "53/UDP", "53-53/17" },
		{ "3000-3010", "3000-3010/0" },
		{ "3000-3000", "3000-3000/0" },
		{ "1-65535", "1-65535/0" },
		{ "3000-3010/tcp", "3000-3010/6" },
		{ ":8000", "8000-8000/0" },
		{ "*:8000", "8000-8000/0" },
		{ "127.0.0.1:8000", "127.0.0.1:8000-8000/0" },
		{ "0.0.0.0:8000", "0.0.0.0:8000-8000/0" },
		{ "[::1]:8000", "::1:8000-8000/0" },
		{ "[::]:8000/tcp", ":::8000-8000/6" },
		{ "[::ffff:10.0.0.1]:8000", "10.0.0.1:8000-8000/0" },
		{ "127.0.0.1:3000-3010/tcp", "127.0.0.1:3000-3010/6" },
		{ "127.0.0.1:http", "127.0.0.1:80-80/0" },
		{ "http", "80-80/0" },
		{ ":http", "80-80/0" },
		{ "http/tcp", "80-80/6" },
		{ "http-alt", "8080-8080/0" },
		{ "3com-tsmux", "106-106/0" },
		{ "tftp", "69-69/0" },
		{ "domain/udp", "53-53/17" },
		{ "odd", "1000-1000/6 2000-2000/17" },
		{ "odd/udp", "2000-2000/17" },
		{ "80,443", "80-80/0 443-443/0" },
		{ " 80 ,\t443/tcp,, 8080 ", "80-80/0 443-443/6 8080-8080/0" },
		{ "[::1]:1,127.0.0.1:2", "::1:1-1/0 127.0.0.1:2-2/0" },
		{ "00080", "80-80/0" },
		{ "tcp:8000", "8000-8000/6" },
		{ "TCP:8000", "8000-8000/6" },
		{ "udp:53", "53-53/17" },
		{ "tcp:http", "80-80/6" },
		{ "tcp:3000-3010", "3000-3010/6" },
		{ "tcp:127.0.0.1:80", "127.0.0.1:80-80/6" },
		{ "localhost:8000", "127.0.0.1:8000-8000/0 ::1:8000-8000/0" },
		{ "LOCALHOST:8000/tcp", "127.0.0.1:8000-8000/6 ::1:8000-8000/6" },
		{ "localhost:8000/", "127.0.0.1:8000-8000/0 ::1:8000-8000/0" },
		{ "localhost:3000-3001", "127.0.0.1:3000-3001/0 ::1:3000-3001/0" },
		{ "http://localhost:8000", "127.0.0.1:8000-8000/6 ::1:8000-8000/6" },
		{ "http://localhost:8000/", "127.0.0.1:8000-8000/6 ::1:8000-8000/6" },
		{ "http://127.0.0.1:8000/a/b:9?c=1,2#d", "127.0.0.1:8000-8000/6" },
		{ "HTTP://[::1]:8000/", "::1:8000-8000/6" },
		{ "https://[::1]", "::1:443-443/6" },
		{ "https://127.0.0.1/x", "127.0.0.1:443-443/6" },
		{ "http://0.0.0.0?q", "0.0.0.0:80-80/6" },
		{ "22,http://127.0.0.1:80,443", "22-22/0 127.0.0.1:80-80/6 443-443/0" },
		{ "http://127.0.0.1:80/a,b 443", "127.0.0.1:80-80/6 443-443/0" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(strbuf_done) struct strbuf why = {}, got = {};
		_cleanup_(portspec_done) struct portspec p = {};

		if (portspec_parse(&p, rows[i].text, service, NULL, &why) < 0)
			fail_msg("%s: %s", rows[i].text, strbuf_str(&why));
		render(&got, &p);
		assert_string_equal(strbuf_str(&got), rows[i].want);
		assert_int_equal(why.len, 0);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "0", "'0' is not a port: ports are numbers from 1 to 65535" },
		{ "65536", "'65536' is not a port: ports are numbers from 1 to 65535" },
		{ "99999999999999999999",
		  "'99999999999999999999' is not a port: ports are numbers from 1 to 65535" },
		{ "0-10", "'0-10' is not a port: ports are numbers from 1 to 65535" },
		{ "1-65536", "'1-65536' is not a port: ports are numbers from 1 to 65535" },
		{ "80-70", "'80-70' is a range that ends before it begins" },
		{ "81-80", "'81-80' is a range that ends before it begins" },
		{ "80-", "'80-' is not a port or a range of ports" },
		{ "-80", "'-80' is not a port or a range of ports" },
		{ "-", "'-' is not a port or a range of ports" },
		{ "1-2-3", "'1-2-3' is not a port or a range of ports" },
		{ "abc", "'abc' is not a port: it is neither a number nor a known service" },
		{ "zero", "'zero' is not a port: it is neither a number nor a known service" },
		{ "80x", "'80x' is not a port: it is neither a number nor a known service" },
		{ "+80", "'+80' is not a port: it is neither a number nor a known service" },
		{ "8000.5", "'8000.5' is not a port: it is neither a number nor a known service" },
		{ "http/udp",
		  "'http/udp' is not a port: it is neither a number nor a known service "
		  "of that protocol" },
		{ "8000/sctp", "unknown protocol 'sctp' in '8000/sctp': use tcp or udp" },
		{ "8000/", "unknown protocol '' in '8000/': use tcp or udp" },
		{ "8000/tcp/udp", "unknown protocol 'tcp/udp' in '8000/tcp/udp': use tcp or udp" },
		{ "tcp:", "'tcp:' lacks the port" },
		{ "sctp:80", "'sctp:80' does not begin with an IP address or localhost" },
		{ "ftp://127.0.0.1", "'ftp://127.0.0.1' is not a URL of http or https" },
		{ "http://example.org:80/x",
		  "'example.org:80' does not begin with an IP address or localhost" },
		{ "http://", "'http://' names no host" },
		{ "http://localhost:x/", NULL },
		{ "127.0.0.53%:53", "'127.0.0.53%:53' names no network device behind '%': write "
				    "127.0.0.53%lo:53 or [fe80::1%eth0]:53" },
		{ "127.0.0.53%much-too-long-a-name:53", NULL },
		{ "[fe80::1%eth0:53", NULL },
		{ "[fe80::1%]:53", NULL },
		{ "/tcp", "'/tcp' lacks the port" },
		{ ":", "':' lacks the port" },
		{ "127.0.0.1:", "'127.0.0.1:' lacks the port" },
		{ "127.0.0.1", "'127.0.0.1' is an address: add a port, as in 127.0.0.1:8000" },
		{ "::1:80", "'::1:80' is ambiguous: put an IPv6 address in brackets, as in "
			    "[::1]:8000" },
		{ "localhosts:80",
		  "'localhosts:80' does not begin with an IP address or localhost" },
		{ "[::1:80", "'[::1:80' does not begin with an IP address or localhost" },
		{ "[127.0.0.1]:80",
		  "'[127.0.0.1]:80' does not begin with an IP address or localhost" },
		{ "256.0.0.1:80", "'256.0.0.1:80' does not begin with an IP address or localhost" },
		{ "", "'' names no port" },
		{ " ,, ", "' ,, ' names no port" },
		{ "80,abc", "'abc' is not a port: it is neither a number nor a known service" },
	};
	_cleanup_(portspec_done) struct portspec p = {};

	(void)state;
	assert_int_equal(portspec_add(&p, 7, 7, 0), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(strbuf_done) struct strbuf why = {};

		assert_row(i, portspec_parse(&p, rows[i].text, service, NULL, &why) == -EINVAL);
		if (rows[i].why)
			assert_string_equal(strbuf_str(&why), rows[i].why);
		/* Untouched, also by the good half of a list. */
		assert_int_equal(p.nr, 1);
		assert_int_equal(p.ranges[0].first, 7);
	}
	assert_int_equal(portspec_add(&p, 0, 5, 0), -EINVAL);
	assert_int_equal(portspec_add(&p, 5, 4, 0), -EINVAL);
}

static void test_describe(void **state)
{
	_cleanup_(strbuf_done) struct strbuf why = {}, got = {};
	_cleanup_(portspec_done) struct portspec p = {};

	(void)state;
	assert_int_equal(
		portspec_parse(&p, "localhost:8000 53/udp,3000-3010/tcp 8000", service, NULL, &why),
		0);
	portspec_describe(&p, &got);
	assert_string_equal(strbuf_str(&got), "8000, 53/udp, 3000-3010/tcp");
}

static void test_no_services(void **state)
{
	_cleanup_(strbuf_done) struct strbuf why = {};
	_cleanup_(portspec_done) struct portspec p = {};
	char longest[300];

	(void)state;
	assert_int_equal(portspec_parse(&p, "http", NULL, NULL, &why), -EINVAL);
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(portspec_parse(&p, longest, service, NULL, &why), -EINVAL);
}

static bool matches(const char *spec, const char *laddr, uint16_t lport, uint8_t proto, bool v6only)
{
	_cleanup_(strbuf_done) struct strbuf why = {};
	_cleanup_(portspec_done) struct portspec p = {};
	uint8_t family;
	struct pw_addr a = address(laddr, &family);

	assert_int_equal(portspec_parse(&p, spec, service, NULL, &why), 0);
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

		assert_int_equal(portspec_parse(&p, rows[i].spec, service, NULL, &why), 0);
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

	assert_int_equal(portspec_parse(&p, "63-65/tcp,65535/tcp", service, NULL, &why), 0);
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

	assert_int_equal(portspec_parse(&p, "53/udp 64", service, NULL, &why), 0);
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
		cmocka_unit_test(test_describe), cmocka_unit_test(test_forms),
		cmocka_unit_test(test_refused),	 cmocka_unit_test(test_no_services),
		cmocka_unit_test(test_match),	 cmocka_unit_test(test_sets),
		cmocka_unit_test(test_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
