// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/free_parts.h"

#include "unit.h"

static void test_times(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} rows[] = {
		{ 0, "0.0 ms" },       { 49999, "0.0 ms" },	  { 50000, "0.1 ms" },
		{ 9940000, "9.9 ms" }, { 9950000, "10 ms" },	  { 12400000, "12 ms" },
		{ 999999, "1.0 ms" },  { 3004000000, "3004 ms" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(strbuf_done) struct strbuf out = {};

		free_parts_ms(&out, rows[i].ns);
		assert_string_equal(strbuf_str(&out), rows[i].text);
	}

	_cleanup_(strbuf_done) struct strbuf out = {};

	free_parts_seconds(&out, 500000000);
	free_parts_seconds(&out, 3000000000);
	assert_string_equal(strbuf_str(&out), "0.5 s3 s");
}

static void test_ports(void **state)
{
	_cleanup_(strbuf_done) struct strbuf out = {};
	struct plan_socket sockets[] = {
		{ .s = { .proto = PW_TCP, .lport = 80 } },
		{ .s = { .proto = PW_UDP, .lport = 80 } },
		{ .s = { .proto = PW_TCP, .lport = 80 } },
		{ .s = { .proto = PW_TCP, .lport = 443 } },
	};
	const struct target t = { .sockets = sockets, .nr_sockets = ARRAY_SIZE(sockets) };

	(void)state;
	free_parts_ports(&out, &t);
	assert_string_equal(strbuf_str(&out), "80/tcp, 80/udp, 443/tcp: ");
}

static void test_cmdline(void **state)
{
	_cleanup_(strbuf_done) struct strbuf out = {};
	char words[100];
	struct process p = { .cmdline = words };

	(void)state;
	free_parts_cmdline(&out, &p, " (", ")");
	assert_string_equal(strbuf_str(&out), "");
	memset(words, 'x', sizeof(words));
	words[1] = '\0';
	p.cmdline_len = 5;
	free_parts_cmdline(&out, &p, " (", ")");
	assert_string_equal(strbuf_str(&out), " (x xxx)");
	strbuf_reset(&out);
	p.cmdline_len = 60;
	free_parts_cmdline(&out, &p, "", "");
	assert_int_equal(out.len, 60);
	strbuf_reset(&out);
	p.cmdline_len = 61;
	free_parts_cmdline(&out, &p, "", "");
	assert_true(out.len <= 63 && !strcmp(strbuf_str(&out) + out.len - 4, "x..."));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_cmdline),
	};

	return cmocka_run_group_tests_name("free_parts", tests, NULL, NULL);
}
