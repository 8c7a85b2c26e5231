// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/unitrestart.h"

#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static char root[] = "/tmp/unitrestart-XXXXXX";

static void write_file(const char *path, const char *text)
{
	char full[256];
	FILE *f;

	snprintf(full, sizeof(full), "%s/%s", root, path);
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void make_dir(const char *path)
{
	char full[256];

	snprintf(full, sizeof(full), "%s/%s", root, path);
	assert_int_equal(mkdir(full, 0755), 0);
}

static int set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(root));
	make_dir("etc");
	make_dir("lib");
	make_dir("etc/changed.service.d");
	make_dir("etc/worker@.service.d");
	write_file("lib/plain.service", "[Service]\nExecStart=/x\n");
	write_file("lib/always.service", "[Service]\nRestartSec=5\nRestart = always \n");
	write_file("etc/both.service", "[Service]\nRestart=on-failure\n");
	write_file("lib/both.service", "[Service]\nRestart=always\n");
	write_file("lib/changed.service", "[Service]\nRestart=always\n");
	write_file("etc/changed.service.d/10.conf", "[Service]\nRestart=on-abort\n");
	write_file("etc/changed.service.d/20.conf", "[Service]\nRestart=no\n");
	write_file("etc/changed.service.d/30.txt", "[Service]\nRestart=always\n");
	write_file("lib/worker@.service", "[Service]\n");
	write_file("etc/worker@.service.d/a.conf", "[Service]\nRestart=on-success\n");
	return 0;
}

static int tear_down(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", root);
	return system(command);
}

static void test_values(void **state)
{
	static const struct {
		const char *unit, *value; /* NULL: no such unit */
	} rows[] = {
		{ "plain.service", "no" },
		{ "always.service", "always" },
		{ "both.service", "on-failure" },
		{ "changed.service", "no" },
		{ "worker@7.service", "on-success" },
		{ "none.service", NULL },
		{ "../lib/always.service", NULL },
	};
	char etc[64], lib[64], value[16];
	const char *dirs[] = { etc, lib, NULL };

	(void)state;
	snprintf(etc, sizeof(etc), "%s/etc", root);
	snprintf(lib, sizeof(lib), "%s/lib", root);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int err = unitrestart_read(dirs, rows[i].unit, value, sizeof(value));

		assert_row(i, err == (rows[i].value ? 0 : -ENOENT));
		if (rows[i].value)
			assert_string_equal(value, rows[i].value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_values) };

	return cmocka_run_group_tests_name("unitrestart", tests, set_up, tear_down);
}
