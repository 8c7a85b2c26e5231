// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/procstat.h"

#include <sys/mman.h>
#include <unistd.h>

#include "unit.h"

static int parse(const char *text, struct procstat *ret)
{
	_cleanup_close_ int fd = memfd_create("stat", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	return procstat_read(fd, ret);
}

#define BEHIND " 77 1 1 0 -1 4194304 1 0 0 0 3 4 0 0 20 0 2 0 123456 9 9\n"

static void test_fields(void **state)
{
	struct procstat f;

	(void)state;
	assert_int_equal(parse("40 (nginx) S" BEHIND, &f), 0);
	assert_string_equal(f.comm, "nginx");
	assert_int_equal(f.state, 'S');
	assert_int_equal(f.parent, 77);
	assert_int_equal(f.threads, 2);
	assert_int_equal(f.ticks, 123456);
	/* A process may call itself as if the fields behind its name followed. */
	assert_int_equal(parse("40 (a) Z 1 2 (b) R" BEHIND, &f), 0);
	assert_string_equal(f.comm, "a) Z 1 2 (b");
	assert_int_equal(f.state, 'R');
	assert_int_equal(f.parent, 77);
	assert_int_equal(parse("40 () S" BEHIND, &f), 0);
	assert_string_equal(f.comm, "");
	/* That of a kernel thread may be longer. */
	assert_int_equal(parse("40 (kworker/u8:0-events_unbound) I" BEHIND, &f), 0);
	assert_string_equal(f.comm, "kworker/u8:0-ev");
}

static void test_damaged(void **state)
{
	static const char *const rows[] = {
		"",
		"40",
		"40 (nginx)",
		"40 (nginx) S",
		"40 (nginx) S 77 1 1",
		"40 (nginx) S x 1 1 0 -1 1",
		"40 (nginx) S 77 1 1 0 -1 4194304 1 0 0 0 3 4 0 0 20 0 2 0 x 9 9\n",
	};
	struct procstat f = { .parent = 5 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_row(i, parse(rows[i], &f) == -EIO && f.parent == 5);
	assert_int_equal(procstat_read(-1, &f), -EBADF);
}

static void test_ended(void **state)
{
	(void)state;
	assert_true(procstat_has_ended(&(struct procstat){ .state = 'Z', .threads = 1 }));
	assert_true(procstat_has_ended(&(struct procstat){ .state = 'X' }));
	/* Other threads go on. */
	assert_false(procstat_has_ended(&(struct procstat){ .state = 'Z', .threads = 2 }));
	assert_false(procstat_has_ended(&(struct procstat){ .state = 'S', .threads = 1 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_ended),
	};

	return cmocka_run_group_tests_name("procstat", tests, NULL, NULL);
}
