// SPDX-License-Identifier: GPL-2.0-or-later
/* The words that name ports, see src/model/portspec_parse.c. */
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
		{ "22,localhost:80", "22-22/0 127.0.0.1:80-80/0 ::1:80-80/0" },
		{ "localhost:odd", "127.0.0.1:1000-1000/6 127.0.0.1:2000-2000/17 "
				   "::1:1000-1000/6 ::1:2000-2000/17" },
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
}

/* Without a services file every name is unknown. */
static void test_no_services(void **state)
{
	_cleanup_(strbuf_done) struct strbuf why = {};
	_cleanup_(portspec_done) struct portspec p = {};

	(void)state;
	assert_int_equal(portspec_parse(&p, "http", NULL, NULL, &why), -EINVAL);
	assert_int_equal(portspec_parse(&p, "80", NULL, NULL, &why), 0);
}

/* Cut the device out, and keep the rest of the address. */
static void test_device_names(void **state)
{
	static const struct {
		const char *text, *device, *want;
	} rows[] = {
		{ "127.0.0.53%lo:53", "lo", "127.0.0.53:53-53/0" },
		{ "[fe80::1%eth0]:53", "eth0", "fe80::1:53-53/0" },
		{ "[fe80::1]%eth0:53", "eth0", "fe80::1:53-53/0" },
		{ "%lo:53/udp", "lo", "53-53/17" },
		{ "*%lo:53", "lo", "53-53/0" },
		{ "udp:%br-0.5@x:53", "br-0.5@x", "53-53/17" },
		/* As long as a name can be, and names of one letter. */
		{ "%123456789012345:53", "123456789012345", "53-53/0" },
		{ "[::1%123456789012345]:53", "123456789012345", "::1:53-53/0" },
		{ "%x:53", "x", "53-53/0" },
		{ "localhost%lo:53", "lo", "127.0.0.1:53-53/0 ::1:53-53/0" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(strbuf_done) struct strbuf why = {}, got = {};
		_cleanup_(portspec_done) struct portspec p = {};

		if (portspec_parse(&p, rows[i].text, service, NULL, &why) < 0)
			fail_msg("%s: %s", rows[i].text, strbuf_str(&why));
		render(&got, &p);
		assert_string_equal(strbuf_str(&got), rows[i].want);
		for (size_t k = 0; k < p.nr; k++)
			assert_string_equal(p.ranges[k].device, rows[i].device);
	}
}

static void test_refused_devices(void **state)
{
	static const char *const rows[] = {
		"%:53",
		"%1234567890123456:53",
		"[::1%1234567890123456]:53",
		"%a/b:53",
		"[::1%eth0:53",
		"[::1%]:53",
		"[::1]%:53",
		"[::1%e:0]:53",
		"127.0.0.1%lo%:x",
		"127.0.0.x%lo:53",
		"[::1%lo]x:53",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(strbuf_done) struct strbuf why = {};
		_cleanup_(portspec_done) struct portspec p = {};

		assert_row(i, portspec_parse(&p, rows[i], service, NULL, &why) == -EINVAL);
		assert_row(i, why.len && !p.nr);
	}
}

/* Hosts and names that are as long as the parser's room, and longer. */
static void test_long_words(void **state)
{
	char word[300];

	(void)state;
	for (size_t len = 1; len < sizeof(word) - 4; len++) {
		_cleanup_(strbuf_done) struct strbuf why = {};
		_cleanup_(portspec_done) struct portspec p = {};
		_cleanup_free_ char *copy = NULL;

		memset(word, 'a', len);
		word[len] = '\0';
		copy = exact(word, len + 1);
		assert_row(len, portspec_parse(&p, copy, service, NULL, &why) == -EINVAL);
		memset(copy, '9', len);
		assert_row(len, portspec_parse(&p, copy, service, NULL, &why) ==
					(len < 5 ? 0 : -EINVAL));
		memcpy(word + len, ":80", 4);
		assert_row(len, portspec_parse(&p, word, service, NULL, &why) == -EINVAL);
		assert_row(len, p.nr == (len < 5));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_services),	cmocka_unit_test(test_device_names),
		cmocka_unit_test(test_refused_devices), cmocka_unit_test(test_long_words),
	};

	return cmocka_run_group_tests_name("portspec_parse", tests, NULL, NULL);
}
