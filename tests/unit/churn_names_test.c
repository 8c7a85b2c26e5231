// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/churn_names.h"

#include "churn.h"

/* Add a process that has left this much. */
static void add_left(struct churn *c, uint32_t tgid, const char *comm, uint64_t current,
		     double rate)
{
	struct pw_actor a = actor(tgid, comm);
	struct churn_process_key key = { .start_ns = a.start_ns, .tgid = tgid };
	struct churn_process *p;

	assert_int_equal(churn_add_process(c, &a), 0);
	p = hmap_get(&c->processes, &key);
	assert_non_null(p);
	p->current = current;
	p->entered = rate > 0;
	p->rate = rate;
}

/* Write names as "NAME processes current rate, …". */
static void assert_names(const struct churn *c, enum churn_order by, const char *want)
{
	_cleanup_(strbuf_done) struct strbuf got = {};
	size_t nr = 99;
	_cleanup_free_ struct churn_name *names = churn_sort_names(c, by, &nr);

	assert_non_null(names);
	for (size_t i = 0; i < nr; i++)
		strbuf_addf(&got, "%s%.16s %zu %llu %g", i ? ", " : "",
			    names[i].actor->tgid ? names[i].actor->comm : "-", names[i].processes,
			    (unsigned long long)names[i].current, names[i].rate);
	assert_string_equal(strbuf_str(&got), want);
}

/* Each curl is a process of its own: one name, and how many there were. */
static void test_from_sockets(void **state)
{
	struct churn c;

	(void)state;
	churn_init(&c);
	begin_at(&c, 0, 0, 0);
	for (int i = 0; i < 46; i++) {
		struct pw_actor curl = actor(1000 + (uint32_t)i, "curl");

		add(&c, "10.0.0.2", 33000 + i, "10.0.0.5", 80, PW_SIDE_CONNECTED, &curl, true, 0);
	}
	for (int i = 0; i < 40; i++)
		add(&c, "10.0.0.2", SERVER, "10.0.0.9", 10000 + i, PW_SIDE_ACCEPTED, &web, true, 0);
	assert_int_equal(churn_finish(&c), 0);
	assert_names(&c, CHURN_BY_CURRENT, "curl 46 46 23, nginx 1 40 20");
	churn_done(&c);
}

static void test_none(void **state)
{
	struct churn c;

	(void)state;
	churn_init(&c);
	assert_names(&c, CHURN_BY_CURRENT, "");
	add_left(&c, 7, "idle", 0, 0); /* has left nothing: no row */
	assert_names(&c, CHURN_BY_RATE, "");
	churn_done(&c);
}

static void test_sums(void **state)
{
	struct churn c;

	(void)state;
	churn_init(&c);
	/* Out of order, with others in between. */
	add_left(&c, 9, "b", 100, 1);
	add_left(&c, 3, "a", 2, 0.5);
	add_left(&c, 8, "c", 1, 200);
	add_left(&c, 1, "b", 4, 0);
	add_left(&c, 5, "a", 0, 0.25);
	assert_names(&c, CHURN_BY_CURRENT, "b 2 104 1, a 2 2 0.75, c 1 1 200");
	assert_names(&c, CHURN_BY_RATE, "c 1 1 200, b 2 104 1, a 2 2 0.75");
	churn_done(&c);
}

static void test_ties(void **state)
{
	struct churn c;

	(void)state;
	churn_init(&c);
	add_left(&c, 1, "d", 5, 1);
	add_left(&c, 2, "b", 5, 1);
	add_left(&c, 3, "c", 5, 2);
	add_left(&c, 4, "a", 4, 2);
	add_left(&c, 0, "", 5, 1); /* nobody comes after everybody */
	assert_names(&c, CHURN_BY_CURRENT, "c 1 5 2, b 1 5 1, d 1 5 1, - 1 5 1, a 1 4 2");
	assert_names(&c, CHURN_BY_RATE, "c 1 5 2, a 1 4 2, b 1 5 1, d 1 5 1, - 1 5 1");
	churn_done(&c);
}

/* Nobody is one, whatever the record of it holds. */
static void test_nobody(void **state)
{
	struct churn c;

	(void)state;
	churn_init(&c);
	add_left(&c, 0, "x", 5, 0);
	add_left(&c, 7, "x", 1, 0);
	for (uint64_t start_ns = 1; start_ns <= 2; start_ns++) {
		struct churn_process_key key = { .start_ns = start_ns };
		struct churn_process *p = hmap_put(&c.processes, &key);

		p->current = 1;
		p->actor.comm[0] = (char)('w' + start_ns * 2);
	}
	assert_names(&c, CHURN_BY_CURRENT, "- 3 7 0, x 1 1 0");
	churn_done(&c);
}

/* A name may fill its 16 bytes, be empty, or hold what would cut text short. */
static void test_hostile_names(void **state)
{
	struct churn c;

	(void)state;
	churn_init(&c);
	add_left(&c, 1, "0123456789abcdeX", 9, 0);
	add_left(&c, 2, "0123456789abcdeY", 8, 0);
	add_left(&c, 3, "0123456789abcdeX", 7, 0);
	add_left(&c, 4, "", 6, 0);
	add_left(&c, 0, "", 5, 0); /* nobody has the name of no process */
	add_left(&c, 5, "\xff", 4, 0);
	add_left(&c, 6, "a", 4, 0);
	assert_names(&c, CHURN_BY_CURRENT,
		     "0123456789abcdeX 2 16 0, 0123456789abcdeY 1 8 0,  1 6 0, - 1 5 0, a 1 4 0, "
		     "\xff 1 4 0");
	churn_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_sockets), cmocka_unit_test(test_none),
		cmocka_unit_test(test_sums),	     cmocka_unit_test(test_ties),
		cmocka_unit_test(test_nobody),	     cmocka_unit_test(test_hostile_names),
	};

	web = actor(80, "nginx");
	return cmocka_run_group_tests_name("churn_names", tests, NULL, NULL);
}
