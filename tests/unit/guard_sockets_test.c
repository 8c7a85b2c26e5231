// SPDX-License-Identifier: GPL-2.0-or-later
/* The guards that follow from the sockets of a process: whose they are, and whether anybody meant
 * them. */
#include "model/guard.h"

#include "plan.h"
#include "unit.h"

/* ---- sockets of other users --------------------------------------------------------------- */

/* Every socket must be another user's, who is not root: actor() makes processes of user 1000. */
static void test_handed_over(void **state)
{
	static const struct {
		int64_t uids[3]; /* of the sockets' makers; -1: not known, -2: no such socket */
		bool held[3];
		enum guard guard;
	} rows[] = {
		{ { 33, -2, -2 }, { true }, GUARD_HANDED },
		{ { 1000, -2, -2 }, { true }, GUARD_NONE },
		{ { 0, -2, -2 }, { true }, GUARD_NONE },
		{ { -1, -2, -2 }, { true }, GUARD_NONE },
		{ { 33, 34, -2 }, { true, true }, GUARD_HANDED },
		{ { 33, 1000, -2 }, { true, true }, GUARD_NONE },
		{ { 1000, 33, -2 }, { true, true }, GUARD_NONE },
		{ { 33, -1, 33 }, { true, true, true }, GUARD_NONE },
		/* Sockets of others say nothing of it. */
		{ { 33, 1000, -2 }, { true, false }, GUARD_HANDED },
		{ { 1000, 33, 33 }, { true, false, false }, GUARD_NONE },
	};
	const struct plan_facts f = {};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(answer_done) struct answer a = {};
		_cleanup_(target_done) struct target t = {};

		for (size_t k = 0; k < 3 && rows[i].uids[k] != -2; k++) {
			uint32_t holder = rows[i].held[k] ? 20 : 21;
			size_t at = given(&a, PW_LISTEN, 8000, NULL, PIDS(holder), "server");

			a.sockets[at].has_uid = rows[i].uids[k] >= 0;
			a.sockets[at].uid = rows[i].uids[k] >= 0 ? rows[i].uids[k] : 77;
		}
		t = judged(&a, 0, &f);
		assert_row(i, t.guard == rows[i].guard);
	}
}

/* Numbers are used again, and two processes may start in one tick. */
static void test_handed_to_another(void **state)
{
	(void)state;
	for (int same_number = 0; same_number < 2; same_number++) {
		_cleanup_(answer_done) struct answer a = {};
		const struct plan_facts f = {};

		for (uint32_t i = 0; i < 2; i++) {
			given(&a, PW_LISTEN, 8000, NULL, PIDS(20 + i), "server");
			a.sockets[i].has_uid = true;
			a.sockets[i].uid = i ? 1000 : 33;
		}
		if (same_number)
			a.processes[1].id.tgid = a.processes[1].pid = 20;
		else
			a.processes[1].id.start_ns = a.processes[0].id.start_ns;

		_cleanup_(target_done) struct target first = judged(&a, 0, &f);
		_cleanup_(target_done) struct target second = judged(&a, 1, &f);

		assert_int_equal(first.guard, GUARD_HANDED);
		assert_int_equal(second.guard, GUARD_NONE);
	}
}

/* A worker may be any of the holders. */
static void test_handed_to_workers(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	const struct plan_facts f = {};

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(20, 21, 22), "server");
	a.sockets[0].has_uid = true;
	a.sockets[0].uid = 33;
	a.processes[1].id.uid = 33;
	for (size_t i = 0; i < 3; i++) {
		_cleanup_(target_done) struct target t = judged(&a, i, &f);

		assert_row(i, t.guard == (i == 1 ? GUARD_NONE : GUARD_HANDED));
	}
}

/* ---- UDP by chance ------------------------------------------------------------------------ */

/* A client is left alone only where nothing of it was meant; force does not lift that. */
static void test_chance(void **state)
{
	static const struct {
		const char *asked; /* NULL: both protocols */
		bool explicit, unknown, also_tcp, also_other;
		uint32_t pid;
		enum guard guard;
	} rows[] = {
		{ "8000", false, false, false, false, 20, GUARD_CHANCE },
		{ NULL, false, false, false, false, 20, GUARD_NONE },
		{ "8000/udp", false, false, false, false, 20, GUARD_NONE },
		{ "8000", true, false, false, false, 20, GUARD_NONE },
		{ "8000", false, true, false, false, 20, GUARD_NONE },
		{ "8000", false, false, true, false, 20, GUARD_NONE },
		/* Another process has the TCP socket. */
		{ "8000", false, false, false, true, 20, GUARD_CHANCE },
		/* Stronger than the guards that force lifts. */
		{ "8000", false, false, false, false, 1, GUARD_CHANCE },
		{ "8000", false, false, false, false, 500, GUARD_CHANCE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(portspec_done) struct portspec asked = {};
		_cleanup_(strbuf_done) struct strbuf why = {};
		_cleanup_(answer_done) struct answer a = {};
		_cleanup_(target_done) struct target t = {};
		struct plan_facts f = { .force = true, .self = 500 };

		if (rows[i].asked) {
			assert_int_equal(portspec_parse(&asked, rows[i].asked, NULL, NULL, &why),
					 0);
			f.asked = &asked;
		}
		given(&a, PW_UNCONN, 8000, NULL, PIDS(rows[i].pid), "dig");
		a.sockets[0].s.proto = PW_UDP;
		a.sockets[0].s.flags = rows[i].explicit ? PW_F_EXPLICIT : 0;
		a.sockets[0].bind.known = !rows[i].unknown;
		if (rows[i].also_tcp || rows[i].also_other)
			given(&a, PW_LISTEN, 8000, NULL, PIDS(rows[i].also_tcp ? 20 : 21), "dig");
		t = judged(&a, 0, &f);
		assert_row(i, t.guard == rows[i].guard);
		assert_row(i, t.forced == (t.guard != GUARD_NONE && t.guard != GUARD_CHANCE));
		assert_row(i, target_is_due(&t) == (t.guard != GUARD_CHANCE));
	}
}

/* A client among clients, some of which share its number or its start. */
static void test_chance_of_another(void **state)
{
	struct port_range range = { .first = 8000, .last = 8000 };
	const struct portspec asked = { .ranges = &range, .nr = 1 };
	const struct plan_facts f = { .asked = &asked };

	(void)state;
	for (int same_number = 0; same_number < 2; same_number++) {
		_cleanup_(answer_done) struct answer a = {};
		size_t i = given(&a, PW_UNCONN, 8000, NULL, PIDS(19, 20), "dig");

		a.sockets[i].s.proto = PW_UDP;
		given(&a, PW_LISTEN, 8000, NULL, PIDS(21), "server");
		if (same_number)
			a.processes[2].id.tgid = a.processes[2].pid = 20;
		else
			a.processes[2].id.start_ns = a.processes[1].id.start_ns;

		_cleanup_(target_done) struct target client = judged(&a, 1, &f);
		_cleanup_(target_done) struct target server = judged(&a, 2, &f);

		assert_int_equal(client.guard, GUARD_CHANCE);
		assert_int_equal(server.guard, GUARD_NONE);
	}
}

/* Nothing follows from sockets that a process has not. */
static void test_without_sockets(void **state)
{
	struct port_range range = { .first = 8000, .last = 8000 };
	const struct portspec asked = { .ranges = &range, .nr = 1 };
	const struct plan_facts f = { .asked = &asked };
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(target_done) struct target t = {};
	const struct pw_actor id = actor(20, "idle");
	size_t at;

	(void)state;
	assert_int_equal(answer_add_process(&a, &id, 20, &at), 0);
	t = judged(&a, at, &f);
	assert_int_equal(t.guard, GUARD_NONE);
	assert_true(target_is_due(&t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handed_over),	  cmocka_unit_test(test_handed_to_another),
		cmocka_unit_test(test_handed_to_workers), cmocka_unit_test(test_chance),
		cmocka_unit_test(test_chance_of_another), cmocka_unit_test(test_without_sockets),
	};

	return cmocka_run_group_tests_name("guard_sockets", tests, NULL, NULL);
}
