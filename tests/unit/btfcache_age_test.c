// SPDX-License-Identifier: GPL-2.0-or-later
/* Remove kept types when others are made. */
#include "btfcache.h"

#include <time.h>

static void put_back(const char *path, time_t seconds)
{
	const struct timespec when = { .tv_sec = time(NULL) - seconds };

	assert_int_equal(
		utimensat(AT_FDCWD, path, (struct timespec[]){ when, when }, AT_SYMLINK_NOFOLLOW),
		0);
}

static void files_of_other_versions_go_in_time(void **state)
{
	static const char *const other = "0123456789abcdef";
	char file[128], old[160], young[160], link[160], foreign[160];
	struct room *r = *state;
	size_t kernel;

	need_root();
	assert_made(r, true);
	strcpy(file, r->file);
	kernel = strrchr(file, '-') - file;
	snprintf(old, sizeof(old), "%.*s-%s.btf", (int)kernel, file, other);
	snprintf(young, sizeof(young), "%.*s-f%s.btf", (int)kernel, file, other + 1);
	snprintf(link, sizeof(link), "%.*s-e%s.btf", (int)kernel, file, other + 1);
	snprintf(foreign, sizeof(foreign), "%.*s-d%s.btf", (int)kernel, file, other + 1);
	write_file(old, "x", 1, 0644);
	write_file(young, "x", 1, 0644);
	write_file(foreign, "x", 1, 0644);
	assert_int_equal(symlink(r->btf, link), 0);
	assert_int_equal(chown(foreign, 65534, 65534), 0);
	put_back(old, 7200);
	put_back(link, 7200);
	put_back(foreign, 7200);
	put_back(r->btf, 7200);
	assert_made(r, false);
	assert_true(exists(old)); /* nothing was written */
	assert_int_equal(unlink(file), 0);
	assert_made(r, true);
	assert_false(exists(old));
	assert_true(exists(young));
	assert_true(exists(link));
	assert_true(exists(foreign));
	assert_true(exists(r->btf));
	put_back(file, 7200);
	assert_made(r, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(files_of_other_versions_go_in_time, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
