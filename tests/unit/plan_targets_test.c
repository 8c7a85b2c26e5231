// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/plan_targets.h"

#include "model/plan_ports.h"
#include "plan.h"
#include "unit.h"

static const struct plan_facts nothing;

static void assert_pids(const struct plan *p, const uint32_t *pids)
{
	size_t i = 0;

	for (; pids[i]; i++) {
		assert_true(i < p->nr_targets);
		assert_int_equal(p->targets[i].process.pid, pids[i]);
	}
	assert_int_equal(p->nr_targets, i);
}

/* ---- who is added, and in what order ------------------------------------------------------- */

static void test_by_age(void **state)
{
	static const struct {
		uint32_t pids[5], expected[5];
		uint64_t start_ns[4]; /* 0: as actor() makes it */
	} rows[] = {
		{ {}, {}, {} },
		{ { 20 }, { 20 }, {} },
		{ { 20, 30, 40 }, { 20, 30, 40 }, {} },
		{ { 40, 20, 30 }, { 20, 30, 40 }, {} },
		/* The start counts, not the number, which wraps round. */
		{ { 20, 30, 40 }, { 40, 30, 20 }, { 900, 800, 700 } },
		{ { 20, 30 }, { 30, 20 }, { UINT64_MAX, 1 } },
		/* Of one tick: by number. */
		{ { 40, 20, 30 }, { 20, 30, 40 }, { 5, 5, 5 } },
		{ { 20, 30, 40, 50 }, { 50, 20, 30, 40 }, { 5, 5, 5, 4 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(answer_done) struct answer a = {};
		_cleanup_(plan_done) struct plan p = {};

		given(&a, PW_LISTEN, 8000, NULL, rows[i].pids, "server");
		for (size_t k = 0; k < a.nr_processes; k++)
			if (rows[i].start_ns[k])
				a.processes[k].id.start_ns = rows[i].start_ns[k];
		assert_int_equal(plan_add_targets(&p, &a, &nothing, true), 0);
		assert_pids(&p, rows[i].expected);
	}
}

/* A target keeps its place; those of a later answer stand behind it. */
static void test_grows_at_the_end(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(50, 40), "server");
	assert_int_equal(plan_add_targets(&p, &a, &nothing, true), 0);
	assert_pids(&p, PIDS(40, 50));
	assert_int_equal(plan_add_targets(&p, &a, &nothing, false), 0);
	assert_pids(&p, PIDS(40, 50));
	add_holder(&a, 0, 30, "server", 3);
	add_holder(&a, 0, 20, "server", 3);
	assert_int_equal(plan_add_targets(&p, &a, &nothing, false), 0);
	assert_pids(&p, PIDS(40, 50, 20, 30));
}

/* A process whose start is not known cannot be told from a later one of its number. */
static void test_nobody_without_a_start(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(20, 30), "server");
	a.processes[0].id.start_ns = 0;
	assert_int_equal(plan_add_targets(&p, &a, &nothing, true), 0);
	assert_pids(&p, PIDS(30));
}

/* A process of the answer that holds nothing in scope is none. */
static void test_only_who_holds(void **state)
{
	const struct plan_facts listening = { .listening = true };
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};
	const struct pw_actor idle = actor(10, "idle");
	size_t at;

	(void)state;
	assert_int_equal(answer_add_process(&a, &idle, 10, &at), 0);
	given(&a, PW_ESTABLISHED, 8000, "10.0.0.2", PIDS(20), "worker");
	given(&a, PW_LISTEN, 8000, NULL, PIDS(30), "server");
	assert_int_equal(plan_add_targets(&p, &a, &listening, true), 0);
	assert_pids(&p, PIDS(30));
	assert_int_equal(plan_add_targets(&p, &a, &nothing, false), 0);
	assert_pids(&p, PIDS(30, 20));
}

/* Of the first answer nobody is a newcomer; of later ones all of them are judged by the plan as it
 * was, so that a newcomer does not let in another. */
static void test_newcomers(void **state)
{
	_cleanup_(answer_done) struct answer a = {}, later = {};
	_cleanup_(plan_done) struct plan p = {};

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(20), "server");
	assert_int_equal(plan_add_targets(&p, &a, &nothing, true), 0);
	given(&later, PW_LISTEN, 8000, NULL, PIDS(30, 31), "other");
	given(&later, PW_ESTABLISHED, 8000, "10.0.0.2", PIDS(30), "other");
	given(&later, PW_ESTABLISHED, 8000, "10.0.0.3", PIDS(32), "client");
	assert_int_equal(plan_add_targets(&p, &later, &nothing, false), 0);
	assert_pids(&p, PIDS(20, 32));
	assert_int_equal(plan_add_targets(&p, &later, &nothing, true), 0);
	assert_pids(&p, PIDS(20, 32, 30, 31));
}

/* Later answers: who has a planned socket is added, who took the port anew is not. */
static void test_later_answers(void **state)
{
	static const struct {
		bool same_sk, same_inode;
		uint8_t state;
		bool added, respawned;
	} rows[] = {
		{ true, true, PW_LISTEN, true, false },	 /* forked, or was passed the socket */
		{ true, false, PW_LISTEN, false, true }, /* its address is used again */
		{ false, true, PW_LISTEN, false, true }, /* its inode number is */
		{ false, false, PW_LISTEN, false, true },
		{ false, false, PW_BOUND, false, true },
		{ false, false, PW_ESTABLISHED, true, false }, /* accepted meanwhile */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(answer_done) struct answer a = {}, later = {};
		_cleanup_(plan_done) struct plan p = {};
		const struct plan_facts f = {};
		struct socket *s;
		size_t due;

		given(&a, PW_LISTEN, 8000, NULL, PIDS(20), "server");
		assert_int_equal(make(&p, &a, &f), 1);
		p.targets[0].fate = FATE_GONE;

		given(&later, rows[i].state, 8000,
		      rows[i].state == PW_ESTABLISHED ? "10.0.0.2" : NULL, PIDS(21), "other");
		s = &later.sockets[0];
		if (rows[i].same_sk)
			s->sk = a.sockets[0].sk;
		if (rows[i].same_inode)
			s->inode = a.sockets[0].inode;
		judge(&later, "8000/tcp");
		assert_int_equal(plan_add(&p, &later, &f, &due), 0);
		assert_row(i, due == rows[i].added);
		assert_row(i, p.nr_targets == 1u + rows[i].added);
		assert_row(i, p.targets[0].fate == FATE_GONE);
		assert_row(i, plan_respawned(&p) == rows[i].respawned);
		assert_row(i, p.ports[0].nr_left == 1);
	}
}

/* The number passes to another process that takes the port: not the one in the plan. */
static void test_reused_number_is_a_newcomer(void **state)
{
	_cleanup_(answer_done) struct answer a = {}, later = {};
	_cleanup_(plan_done) struct plan p = {};
	const struct plan_facts f = {};
	size_t due;

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(20), "server");
	make(&p, &a, &f);
	given(&later, PW_LISTEN, 8000, NULL, PIDS(20), "server");
	later.processes[0].id.start_ns++;
	judge(&later, "8000/tcp");
	assert_int_equal(plan_add(&p, &later, &f, &due), 0);
	assert_int_equal(due, 0);
	assert_int_equal(p.nr_targets, 1);
	assert_true(plan_respawned(&p));
}

/* ---- plan_is_newcomer() -------------------------------------------------------------------- */

/* A planned socket that it inherited outweighs any number of new ones. */
static void test_inherited_and_new(void **state)
{
	static const struct {
		uint8_t state;
		int64_t sk_off, inode_off; /* from the planned socket's */
		bool no_inode, new_first, newcomer;
	} rows[] = {
		{ PW_LISTEN, 0, 0, false, false, false },
		{ PW_LISTEN, 0, 0, false, true, false },
		{ PW_LISTEN, 64, 0, false, false, true },
		{ PW_LISTEN, 0, 1, false, false, true },
		/* A socket without a number proves nothing, whatever its address. */
		{ PW_LISTEN, 0, 0, true, false, true },
		{ PW_ESTABLISHED, 0, 0, false, true, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(answer_done) struct answer a = {}, later = {};
		_cleanup_(plan_done) struct plan p = {};
		const struct pw_actor who = actor(30, "other");
		struct socket *inherited;

		given(&a, PW_LISTEN, 8001, NULL, PIDS(19), "server");
		given(&a, PW_LISTEN, 8001, NULL, PIDS(20), "server");
		given(&a, rows[i].state, 8000, NULL, PIDS(20), "server");
		a.sockets[2].inode = rows[i].no_inode ? 0 : a.sockets[2].inode;
		assert_int_equal(plan_add_targets(&p, &a, &nothing, true), 0);
		given(&later, PW_LISTEN, 8000, NULL, PIDS(30), "other");
		given(&later, PW_LISTEN, 8000, NULL, PIDS(30), "other");
		inherited = &later.sockets[rows[i].new_first];
		inherited->sk = a.sockets[2].sk + rows[i].sk_off;
		inherited->inode = a.sockets[2].inode + rows[i].inode_off;
		inherited->s.state = rows[i].state;
		assert_row(i, plan_is_newcomer(&p, &later, &who) == rows[i].newcomer);
	}
}

/* Only a listening or bound socket takes a port; only its holder is the newcomer. */
static void test_who_is_a_newcomer(void **state)
{
	static const struct {
		uint8_t state;
		bool newcomer;
	} rows[] = {
		{ PW_LISTEN, true },	   { PW_BOUND, true },	     { PW_UNCONN, true },
		{ PW_ESTABLISHED, false }, { PW_CLOSE_WAIT, false },
	};
	struct pw_actor who = actor(30, "other"), bystander = actor(31, "x"), later = who;

	(void)state;
	later.start_ns++;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(answer_done) struct answer a = {}, reopened = {};
		_cleanup_(plan_done) struct plan p = {};

		assert_row(i, !plan_is_newcomer(&p, &a, &who));
		given(&a, rows[i].state, 8000, NULL, PIDS(30), "other");
		/* A connection besides takes nothing back. */
		given(&a, PW_ESTABLISHED, 8000, "10.0.0.2", PIDS(30), "other");
		assert_row(i, plan_is_newcomer(&p, &a, &who) == rows[i].newcomer);
		assert_row(i, !plan_is_newcomer(&p, &a, &bystander));
		assert_row(i, !plan_is_newcomer(&p, &a, &later));
		/* A process of the plan is none, whatever else it opens. */
		assert_int_equal(plan_add_targets(&p, &a, &nothing, true), 0);
		given(&reopened, PW_LISTEN, 8000, NULL, PIDS(30), "other");
		assert_row(i, !plan_is_newcomer(&p, &reopened, &who));
	}
}

/* ---- children ------------------------------------------------------------------------------- */

static void relatives_of_workers(void *arg, const struct process *p, struct plan_relatives *ret)
{
	(void)arg;
	ret->nr_children = p->pid == 20 ? 4 : 0;
	ret->parent = p->pid > 20 ? 20 : 1;
}

/* Children that end as well are not left behind, whenever they are met; the number ends at 0. */
static void test_children_that_end_too_are_not_left(void **state)
{
	static const struct {
		uint32_t pids[2];
		unsigned int left;
	} rows[] = { { { 21, 22 }, 2 }, { { 23 }, 1 }, { { 24, 25 }, 0 } };
	const struct plan_facts f = { .relatives = relatives_of_workers };
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(10, 20), "server");
	assert_int_equal(plan_add_targets(&p, &a, &f, true), 0);
	assert_int_equal(p.targets[1].nr_children, 4);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (size_t k = 0; k < 2 && rows[i].pids[k]; k++)
			add_holder(&a, 0, rows[i].pids[k], "server", 3);
		assert_int_equal(plan_add_targets(&p, &a, &f, false), 0);
		assert_row(i, p.targets[1].process.pid == 20);
		assert_row(i, p.targets[1].nr_children == rows[i].left);
		assert_row(i, !p.targets[0].nr_children && !p.targets[2].nr_children);
	}
	assert_int_equal(p.nr_targets, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_age),
		cmocka_unit_test(test_grows_at_the_end),
		cmocka_unit_test(test_nobody_without_a_start),
		cmocka_unit_test(test_only_who_holds),
		cmocka_unit_test(test_newcomers),
		cmocka_unit_test(test_later_answers),
		cmocka_unit_test(test_reused_number_is_a_newcomer),
		cmocka_unit_test(test_inherited_and_new),
		cmocka_unit_test(test_who_is_a_newcomer),
		cmocka_unit_test(test_children_that_end_too_are_not_left),
	};

	return cmocka_run_group_tests_name("plan_targets", tests, NULL, NULL);
}
