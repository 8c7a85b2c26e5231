// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/kernelid.h"

#include <errno.h>

#include "unit.h"

static void build_id_is_found_among_notes(void **state)
{
	/* Notes of other owners with the same number, one of another number, padding. */
	static const char notes[] = "\4\0\0\0\x10\0\0\0\3\0\0\0Xen\0abcdefghijklmnop"
				    "\6\0\0\0\x10\0\0\0\3\0\0\0Linux\0\0\0abcdefghijklmnop"
				    "\4\0\0\0\x11\0\0\0\1\0\0\0GNU\0abcdefghijklmnopq\0\0\0"
				    "\4\0\0\0\x14\0\0\0\3\0\0\0GNU\0ABCDEFGHIJKLMNOPQRST";
	size_t size = sizeof(notes) - 1;
	char id[KERNELID_MAX + 1] = "untouched";

	(void)state;
	for (size_t len = 0; len < size; len++) {
		_cleanup_free_ char *cut = exact(notes, len);

		assert_row(len, kernelid_parse(cut, len, id) == -ENOENT);
		assert_string_equal(id, "untouched");
	}
	assert_int_equal(kernelid_parse(notes, size, id), 0);
	assert_string_equal(id, "4142434445464748494a4b4c4d4e4f5051525354");
	assert_int_equal(kernelid_parse("\377\377\377\377\377\377\377\377\3\0\0\0GNU", 16, id),
			 -ENOENT);
}

static void this_kernel_has_one(void **state)
{
	char id[KERNELID_MAX + 1] = "";

	(void)state;
	kernelid_read(KERNELID_NOTES, id);
	assert_true(strlen(id) >= KERNELID_MIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(build_id_is_found_among_notes),
		cmocka_unit_test(this_kernel_has_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
