// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/socketunit.h"

#include <sys/stat.h>

#include "unit.h"

static char dir[] = "/tmp/portwatch-socketunit-XXXXXX";

static void unit_file(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	unit_file("web.socket", "[Socket]\n# ListenStream=1\nListenStream = 0.0.0.0:8000 \n");
	unit_file("six.socket", "[Socket]\nListenStream=[::1]:8001\nListenDatagram=53");
	unit_file("path.socket", "[Socket]\nListenStream=/run/8002\nListenStream=\n");
	unit_file("no.service", "ListenStream=8003\n");
	unit_file("tricky.socket", "ListenStreamX=8004\nListenStream=x8004\nListenStream=80041\n");
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = { "web.socket", "six.socket", "path.socket",
					     "no.service", "tricky.socket" };
	char path[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		remove(path);
	}
	return remove(dir);
}

static void test_find(void **state)
{
	static const struct {
		uint8_t proto;
		uint16_t port;
		const char *unit;
	} rows[] = {
		{ PW_TCP, 8000, "web.socket" }, { PW_TCP, 8001, "six.socket" },
		{ PW_UDP, 53, "six.socket" },	{ PW_TCP, 53, NULL },
		{ PW_UDP, 8000, NULL },		{ PW_TCP, 1, NULL },
		{ PW_TCP, 8002, NULL },		{ PW_TCP, 8003, NULL },
		{ PW_TCP, 8004, NULL },
	};
	const char *const dirs[] = { "/nonexistent", dir, NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *found = socketunit_find(dirs, rows[i].proto, rows[i].port);

		assert_row(i, !rows[i].unit == !found);
		assert_row(i, !found || !strcmp(found, rows[i].unit));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests_name("socketunit", tests, setup, teardown);
}
