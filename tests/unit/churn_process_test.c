// SPDX-License-Identifier: GPL-2.0-or-later
#include "churn.h"

static void test_processes(void **state)
{
	struct pw_actor a = actor(7, "sh"), again = actor(7, "curl"), later = a;
	const struct churn_process *p;
	struct churn c;

	(void)state;
	churn_init(&c);
	assert_null(churn_process_of(&c, 7, a.start_ns));
	later.start_ns++;
	assert_int_equal(churn_add_process(&c, &a), 0);
	p = churn_process_of(&c, 7, a.start_ns);
	assert_non_null(p);
	assert_memory_equal(&p->actor, &a, sizeof(a));
	assert_int_equal(p->current, 0);
	/* Not a later process of that number. */
	assert_null(churn_process_of(&c, 7, later.start_ns));
	assert_null(churn_process_of(&c, 8, a.start_ns));
	assert_int_equal(churn_add_process(&c, &later), 0);
	assert_int_equal(c.processes.nr, 2);
	/* The process has run another program since. */
	assert_int_equal(churn_add_process(&c, &again), 0);
	assert_int_equal(c.processes.nr, 2);
	assert_string_equal(churn_process_of(&c, 7, a.start_ns)->actor.comm, "curl");
	assert_string_equal(churn_process_of(&c, 7, later.start_ns)->actor.comm, "sh");
	churn_done(&c);
}

/* A name that is learned later leaves the counts of the row alone. */
static void test_counts_stay(void **state)
{
	struct pw_actor a = actor(7, "sh");
	struct churn_process *p;
	struct churn c;

	(void)state;
	churn_init(&c);
	assert_int_equal(churn_add_process(&c, &a), 0);
	p = hmap_row(&c.processes, 0);
	p->current = 4, p->entered = 5;
	assert_int_equal(churn_add_process(&c, &a), 0);
	assert_int_equal(p->current, 4);
	assert_int_equal(p->entered, 5);
	churn_done(&c);
}

/* The row of what nobody is known to have left is no process. */
static void test_nobody(void **state)
{
	struct pw_actor nobody = actor(0, "");
	struct churn c;

	(void)state;
	churn_init(&c);
	assert_int_equal(churn_add_process(&c, &nobody), 0);
	assert_int_equal(c.processes.nr, 1);
	assert_null(churn_process_of(&c, 0, nobody.start_ns));
	churn_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_processes),
		cmocka_unit_test(test_counts_stay),
		cmocka_unit_test(test_nobody),
	};

	return cmocka_run_group_tests_name("churn_process", tests, NULL, NULL);
}
