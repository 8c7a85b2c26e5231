// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/nsmount.h"

#include "unit.h"

static void a_mount_is_told_by_number_and_path(void **state)
{
	static const struct {
		const char *line, *path;
		uint32_t inode;
	} rows[] = {
		{ "77 23 0:4 net:[4026532592] /run/kept rw shared:5 - nsfs nsfs rw\n", "/run/kept",
		  4026532592 },
		{ "77 23 0:4 net:[1] /a\\040b\\011c\\134d rw - nsfs nsfs rw", "/a b\tc\\d", 1 },
		{ "77 23 0:4 net:[4026532592] /short\\04 rw - nsfs nsfs rw", "/short\\04",
		  4026532592 },
		{ "77 23 0:4 mnt:[4026532592] /run/kept rw - nsfs nsfs rw\n", NULL, 0 },
		{ "77 23 0:4 net:[4026532592] /run/kept rw - ext4 nsfs rw\n", NULL, 0 },
		{ "77 23 0:4 net:[4026532592 /run/kept rw - nsfs nsfs rw\n", NULL, 0 },
		{ "77 23 0:4 net:[] /run/kept rw - nsfs nsfs rw\n", NULL, 0 },
		{ "77 23 0:4 net:[0] /run/kept rw - nsfs nsfs rw\n", NULL, 0 },
		{ "77 23 0:4 net:[99999999999] /run/kept rw - nsfs nsfs rw\n", NULL, 0 },
		{ "77 23 0:4 net:[7] - nsfs nsfs rw\n", NULL, 0 },
		{ "", NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *line = exact(rows[i].line, strlen(rows[i].line) + 1);
		char *path = NULL;

		assert_row(i, nsmount_parse(line, &path) == rows[i].inode);
		assert_row(i, !rows[i].path || !strcmp(path, rows[i].path));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mount_is_told_by_number_and_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
