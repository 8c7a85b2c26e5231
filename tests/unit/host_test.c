// SPDX-License-Identifier: GPL-2.0-or-later
#include "http/host.h"

#include "unit.h"

static const char *const lists[] = { "web1,web2.example.", "192.0.2.7",
				     "[2001:db8::7],2001:db8::8" };
static const struct opt_list allowed = { (const char **)lists, ARRAY_SIZE(lists) };
static const struct opt_list none;

static bool ours(const char *header, const char *local, const struct opt_list *names)
{
	size_t len = strlen(header);
	char *copy = exact(header, len);
	struct pw_addr addr = {};
	uint8_t family = 0;
	bool result;

	if (local)
		addr = address(local, &family);
	result = host_is_ours(copy, len, family, &addr, names);
	free(copy);
	return result;
}

static void loopback_is_ours(void **state)
{
	static const char *const yes[] = {
		"localhost", "LOCALHOST:9736", "localhost.", "127.0.0.1",	   "127.1.2.3:80",
		"[::1]",     "[::1]:9736",     "localhost:", "[::ffff:127.0.0.1]", "[0::0:1]",
	};
	static const char *const no[] = {
		"",
		":",
		":80",
		".",
		"..",
		"[",
		"]",
		"[]",
		"[]:80",
		"[::1",
		"[::1]80",
		"[::1]:x",
		"[::1]:80:80",
		"::1",
		"::1:80",
		"localhost.:80x",
		"localhost..",
		"localhos",
		"localhost1",
		"localhost,localhost",
		"localhost\t",
		" localhost",
		"localhost /",
		"local host",
		"localhost@evil",
		"evil.example",
		"127.0.0.1.evil.example",
		"127.0.0",
		"128.0.0.1",
		"0.0.0.0",
		"[::]",
		"[127.0.0.1]",
		"[localhost]",
		"[::1%lo]",
		"web1",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		assert_row(i, ours(yes[i], NULL, &none) && ours(yes[i], "192.0.2.1", &allowed));
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		assert_row(i, !ours(no[i], NULL, &none) && !ours(no[i], "192.0.2.1", &none));
}

static void the_address_connected_to_is_ours(void **state)
{
	(void)state;
	assert_true(ours("192.0.2.1:9736", "192.0.2.1", &none));
	assert_true(ours("192.0.2.1", "::ffff:192.0.2.1", &none));
	assert_true(ours("[2001:db8:0::1]", "2001:db8::1", &none));
	assert_false(ours("192.0.2.2", "192.0.2.1", &none));
	assert_false(ours("192.0.2.1", "2001:db8::1", &none));
	assert_false(ours("192.0.2.1", NULL, &none));
}

static void allowed_hosts_are_ours(void **state)
{
	static const char *const yes[] = {
		"web1",	       "WEB1.:80",	"web2.example",	      "web2.example.",
		"192.0.2.7:1", "[2001:db8::7]", "[2001:DB8::8]:9736", "localhost",
	};
	static const char *const no[] = { "web",  "web11",   "web1,web2",
					  "web2", "example", "2001:db8::7" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		assert_row(i, ours(yes[i], NULL, &allowed));
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		assert_row(i, !ours(no[i], NULL, &allowed));
	/* A NUL ends nothing. */
	assert_false(host_is_ours("localhost\0.evil", 15, 0, NULL, &allowed));
	assert_false(host_is_ours("web1\0", 5, 0, NULL, &allowed));
}

static void lists_of_hosts(void **state)
{
	static const char *const good[] = { "a", "web1,web-2.example.", "::1", "[::1],127.0.0.1",
					    "a_b" };
	static const char *const bad[] = { "",	"a,",  ",a",	   "a,,b",     "a:80",	  "a b",
					   "*", "a/b", "[::1]:80", "http://a", "\xc3\xa9" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_row(i, host_list_parse(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_row(i, !host_list_parse(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loopback_is_ours),
		cmocka_unit_test(the_address_connected_to_is_ours),
		cmocka_unit_test(allowed_hosts_are_ours),
		cmocka_unit_test(lists_of_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
