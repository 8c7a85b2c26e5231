// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/pids_text.h"

#include "unit.h"

/* Print each process once, for kill(1): by our own numbers, and never 0, every process of the
 * caller's group. */
static void test_pids(void **state)
{
	const struct pw_sock listener = sock(PW_LISTEN, "127.0.0.1", 8000, NULL, 0);
	_cleanup_(answer_done) struct answer a = {};
	struct capture c;

	(void)state;
	for (size_t i = 0; i < 2; i++)
		add_socket(&a, &listener);
	add_holder(&a, 0, 900, "web", 3);
	add_holder(&a, 0, 70, "web", 3);
	add_holder(&a, 0, 900, "web", 4);
	add_holder(&a, 1, 900, "web", 5);
	add_holder(&a, 1, 8, "elsewhere", 5);
	a.processes[a.nr_processes - 1].pid = 0;
	capture_init(&c);
	assert_int_equal(pids_text(&a, c.f), 0);
	assert_string_equal(capture_text(&c), "70\n900\n");
	capture_done(&c);
}

static void test_nobody(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	struct capture c;

	(void)state;
	capture_init(&c);
	assert_int_equal(pids_text(&a, c.f), 0);
	assert_string_equal(capture_text(&c), "");
	capture_done(&c);
}

/* Fewer PIDs than there are would be taken for all of them. */
static void test_full(void **state)
{
	uint32_t pids[] = { 1, 2 };
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(full);
	assert_int_equal(pids_text_print(pids, ARRAY_SIZE(pids), full), -ENOSPC);
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pids),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests_name("pids_text", tests, NULL, NULL);
}
