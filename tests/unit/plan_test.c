// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/guard.h"
#include "model/plan.h"
#include "model/plan_ports.h"

#include "plan.h"
#include "unit.h"

static void test_targets(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};

	(void)state;
	/* By age (actor() makes it of the pid), whatever the order of the answer. */
	given(&a, PW_LISTEN, 8000, NULL, PIDS(30, 20), "nginx");
	given(&a, PW_ESTABLISHED, 8000, "10.0.0.2", PIDS(30), "nginx");
	given(&a, PW_CLOSE_WAIT, 8000, "10.0.0.3", PIDS(30), "nginx");
	given(&a, PW_BOUND, 8000, NULL, PIDS(40), "bound");
	given(&a, PW_ESTABLISHED, 8000, "10.0.0.4", NULL, NULL);
	assert_int_equal(make(&p, &a, NULL), 3);
	assert_int_equal(p.nr_targets, 3);
	assert_int_equal(p.targets[0].process.pid, 20);
	assert_int_equal(p.targets[1].process.pid, 30);
	assert_int_equal(p.targets[2].process.pid, 40);
	assert_int_equal(p.targets[0].nr_established, 0);
	assert_int_equal(p.targets[1].nr_established, 1);
	assert_int_equal(p.targets[1].nr_listening, 1);
	assert_int_equal(p.targets[1].nr_sockets, 3);
	assert_int_equal(p.nr_unaccepted, 1);
	assert_int_equal(p.nr_ports, 1);
	assert_false(p.ports[0].was_free);
	assert_false(plan_all_free(&p));
	for (size_t i = 0; i < 3; i++)
		assert_true(target_is_due(&p.targets[i]));
}

static void test_nothing_to_do(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};

	(void)state;
	assert_int_equal(make(&p, &a, NULL), 0);
	assert_int_equal(p.nr_targets, 0);
	assert_true(p.ports[0].was_free);
	assert_true(plan_all_free(&p));
}

static void test_listening_spares_connections(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};
	const struct plan_facts f = { .listening = true };
	const struct plan_facts strict = { .listening = true, .strict = true };
	const struct pw_actor worker = actor(30, "worker"), server = actor(20, "server");

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(20), "server");
	given(&a, PW_ESTABLISHED, 8000, "10.0.0.2", PIDS(30), "worker");
	assert_int_equal(make(&p, &a, &f), 1);
	assert_int_equal(p.targets[0].process.pid, 20);
	assert_true(plan_holds(&a, &f, &server));
	assert_false(plan_holds(&a, &f, &worker));
	assert_false(plan_all_free(&p));

	/* The listener has gone: what is left was to be spared. */
	_cleanup_(answer_done) struct answer later = {};
	size_t due;

	given(&later, PW_ESTABLISHED, 8000, "10.0.0.2", PIDS(30), "worker");
	judge(&later, "8000/tcp");
	assert_int_equal(plan_add(&p, &later, &f, &due), 0);
	assert_int_equal(due, 0);
	/* Whom it spares changes nothing about what a bind() meets. */
	assert_false(plan_all_free(&p));
	assert_int_equal(p.ports[0].nr_connections, 1);
	later.sockets[0].s.flags |= PW_F_REUSEADDR;
	rejudge(&later, "8000/tcp");
	assert_int_equal(plan_add(&p, &later, &f, &due), 0);
	assert_true(plan_all_free(&p));
	assert_false(p.ports[0].bindable);
	assert_int_equal(plan_add(&p, &later, &strict, &due), 0);
	assert_false(plan_all_free(&p));
}

/* A PID alone is no identity, and a process of unknown start time matches none. */
static void test_identity(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	struct pw_actor same = actor(20, "server"), later = same, unknown = same;
	const struct plan_facts f = {};

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(20), "server");
	later.start_ns++;
	unknown.start_ns = 0;
	assert_true(plan_holds(&a, &f, &same));
	assert_false(plan_holds(&a, &f, &later));
	assert_false(plan_holds(&a, &f, &unknown));
	a.processes[0].id.start_ns = 0;
	assert_false(plan_holds(&a, &f, &unknown));
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

static void kin_of_workers(void *arg, const struct process *p, struct plan_kin *ret)
{
	(void)arg;
	ret->nr_children = p->pid == 20 ? 3 : 0;
	ret->parent = p->pid == 20 ? 1 : 20;
}

static void test_children_that_end_too_are_not_left(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};
	const struct plan_facts f = { .kin = kin_of_workers };

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(21, 20, 22), "server");
	make(&p, &a, &f);
	assert_int_equal(p.nr_targets, 3);
	for (size_t i = 0; i < p.nr_targets; i++)
		assert_row(i,
			   p.targets[i].nr_children == (p.targets[i].process.pid == 20 ? 1u : 0u));
}

/* A port is free, with a note, where SO_REUSEADDR lets a server bind it, and nowhere else. */
static void test_free_means_one_thing(void **state)
{
	static const struct {
		uint8_t state;
		uint32_t pid, flags;
		bool has_expires, is_free, bindable;
	} rows[] = {
		{ PW_TIME_WAIT, 0, PW_F_REUSEADDR, true, true, false },
		{ PW_TIME_WAIT, 0, 0, true, false, false },
		{ PW_FIN_WAIT2, 0, PW_F_REUSEADDR, true, true, false },
		{ PW_LAST_ACK, 0, PW_F_REUSEADDR, false, true, false },
		{ PW_LAST_ACK, 0, 0, false, false, false },
		{ PW_ESTABLISHED, 20, PW_F_REUSEADDR, false, true, false },
		{ PW_ESTABLISHED, 20, 0, false, false, false },
		{ PW_LISTEN, 20, PW_F_REUSEADDR, false, false, false },
		{ PW_BOUND, 20, PW_F_REUSEADDR, false, true, false },
		{ PW_BOUND, 20, 0, false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (int how = 0; how < 4; how++) {
			const struct plan_facts f = { .strict = how & 1, .listening = how & 2 };
			_cleanup_(answer_done) struct answer a = {};
			_cleanup_(plan_done) struct plan p = {};
			bool listens = rows[i].state == PW_LISTEN || rows[i].state == PW_BOUND;
			const uint32_t pids[] = { rows[i].pid, 0 };

			given(&a, rows[i].state, 8000, listens ? NULL : "10.0.0.2",
			      rows[i].pid ? pids : NULL, "server");
			a.sockets[0].s.flags |= rows[i].flags;
			a.sockets[0].has_expires = rows[i].has_expires;
			a.sockets[0].expires_ms = 41200;
			make(&p, &a, &f);
			assert_row(i, p.ports[0].bindable == rows[i].bindable);
			assert_row(i, plan_all_free(&p) == (rows[i].is_free && !f.strict));
		}
}

/* A number alone means the server; a UDP client has its port by chance. */
static void test_udp_by_chance(void **state)
{
	static const struct {
		const char *ports;
		uint32_t flags;
		bool known, spared;
	} rows[] = {
		{ "8000", 0, true, true },
		{ "8000", PW_F_EXPLICIT, true, false },
		{ "8000", 0, false, false },
		{ "8000/udp", 0, true, false },
		{ "8000/tcp 8000/udp", 0, true, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(portspec_done) struct portspec asked = {};
		_cleanup_(strbuf_done) struct strbuf why = {};
		_cleanup_(answer_done) struct answer a = {};
		_cleanup_(plan_done) struct plan p = {};
		const struct plan_facts f = { .asked = &asked, .force = true };

		assert_int_equal(portspec_parse(&asked, rows[i].ports, NULL, NULL, &why), 0);
		given(&a, PW_UNCONN, 8000, NULL, PIDS(20), "dig");
		a.sockets[0].s.proto = PW_UDP;
		a.sockets[0].s.flags = rows[i].flags;
		a.sockets[0].bind.known = rows[i].known;
		judge(&a, rows[i].ports);
		assert_row(i, (make(&p, &a, &f) == 0) == rows[i].spared);
		assert_row(i, (p.targets[0].guard == GUARD_CHANCE) == rows[i].spared);
		assert_row(i, plan_all_free(&p) == rows[i].spared);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_nothing_to_do),
		cmocka_unit_test(test_listening_spares_connections),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_later_answers),
		cmocka_unit_test(test_reused_number_is_a_newcomer),
		cmocka_unit_test(test_children_that_end_too_are_not_left),
		cmocka_unit_test(test_free_means_one_thing),
		cmocka_unit_test(test_udp_by_chance),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
