// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/elfbtf.h"

#include <elf.h>
#include <errno.h>

#include "unit.h"

#include "session.skel.h"

static const struct {
	const char *bytes;
	size_t size;
} no_objects[] = {
	{ "", 0 },
	{ "\177ELF", 4 },
	{ "\177ELF\2, but no more of it than this, and so there are no sections at all.", 64 },
};

static void other_files_are_refused(void **state)
{
	const void *data;
	size_t size;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(no_objects); i++)
		assert_row(i, elfbtf_find(no_objects[i].bytes, no_objects[i].size, &data, &size) ==
				      -EINVAL);
}

/* Cut anywhere, the file of an object is refused or has its BTF whole. */
static void cut_file_is_never_read_past(void **state)
{
	size_t whole, found;
	const void *bytes = session_bpf__elf_bytes(&whole), *data;

	(void)state;
	for (size_t len = 0; len < whole; len += whole / 97 + 1) {
		_cleanup_free_ char *copy = exact(bytes, len);

		if (!elfbtf_find(copy, len, &data, &found))
			assert_true((const char *)data + found <= copy + len);
	}
}

/* A section that begins within the file and ends, or has its name, behind it. */
static void sections_that_lie_outside_are_refused(void **state)
{
	size_t whole, size;
	const void *bytes = session_bpf__elf_bytes(&whole), *data;
	_cleanup_free_ char *elf = exact(bytes, whole);
	Elf64_Ehdr *e = (void *)elf;
	Elf64_Shdr *s = (void *)(elf + e->e_shoff);

	(void)state;
	assert_int_equal(elfbtf_find(elf, whole, &data, &size), 0);
	while (elf + s->sh_offset != data || s->sh_type == SHT_NOBITS)
		s++;
	s->sh_size = UINT64_MAX - 8;
	assert_int_equal(elfbtf_find(elf, whole, &data, &size), -EINVAL);
	s->sh_size = size;
	s->sh_name = UINT32_MAX;
	assert_int_equal(elfbtf_find(elf, whole, &data, &size), -ENOENT);
	e->e_shoff = UINT64_MAX - 8;
	assert_int_equal(elfbtf_find(elf, whole, &data, &size), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_files_are_refused),
		cmocka_unit_test(cut_file_is_never_read_past),
		cmocka_unit_test(sections_that_lie_outside_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
