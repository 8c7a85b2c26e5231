// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/listen.h"

#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

static void places_to_listen(void **state)
{
	static const struct {
		const char *text, *addr;
		uint16_t port;
	} rows[] = {
		{ "9736", "127.0.0.1", 9736 },	 { ":9736", "127.0.0.1", 9736 },
		{ "0.0.0.0:80", "0.0.0.0", 80 }, { "[::1]:65535", "::1", 65535 },
		{ "[::]:1", "::", 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct listen_addr at;
		uint8_t family;
		struct pw_addr addr = address(rows[i].addr, &family);

		assert_row(i, !listen_parse(rows[i].text, &at));
		assert_row(i, at.port == rows[i].port && at.family == family);
		assert_row(i, !memcmp(&at.addr, &addr, sizeof(addr)));
	}
}

static void no_places(void **state)
{
	static const char *const rows[] = {
		"",	      ":",	  "0",	     ":0",	  "65536",	    "127.0.0.1",
		"127.0.0.1:", "::1:9736", "[::1]",   "[::1:9736", "localhost:9736", "9736x",
		"-1",	      " 9736",	  "[]:9736", "1.2.3:80",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct listen_addr at = { .port = 7 };

		assert_row(i, listen_parse(rows[i], &at) == -EINVAL);
		assert_row(i, at.port == 7);
	}
}

/* Whether it is local decides what is told. */
static void local_places(void **state)
{
	static const struct {
		const char *addr;
		bool local;
	} rows[] = {
		{ "127.0.0.1", true },	      { "127.0.0.9", true }, { "::1", true },
		{ "::ffff:127.0.0.1", true }, { "0.0.0.0", false },  { "::", false },
	};
	int ends[2];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct listen_addr at = {};
		int fd;

		at.addr = address(rows[i].addr, &at.family);
		fd = listen_open(&at);
		if (fd == -EADDRNOTAVAIL || fd == -EAFNOSUPPORT)
			continue;
		assert_row(i, fd >= 0 && listen_is_local(fd) == rows[i].local);
		close(fd);
	}
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_true(listen_is_local(ends[0]));
	close(ends[0]);
	close(ends[1]);
	assert_false(listen_is_local(ends[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_to_listen),
		cmocka_unit_test(no_places),
		cmocka_unit_test(local_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
