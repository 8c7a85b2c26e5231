// SPDX-License-Identifier: GPL-2.0-or-later
/* The tests of plan_ports about processes and sockets that are left at a port in the end. */
#include "model/plan_ports.h"

#include "model/plan_targets.h"
#include "plan.h"
#include "unit.h"

static const struct plan_facts nothing;

/* Count all that a bind() meets besides listeners: TIME-WAIT, what closes, connections. */
static void test_counts(void **state)
{
	static const struct {
		uint8_t state, proto;
		uint16_t port;
		bool held, small; /* TIME-WAIT's structure */
		size_t timewait, closing, connections;
	} rows[] = {
		{ PW_TIME_WAIT, PW_TCP, 8000, false, true, 1, 0, 0 },
		{ PW_TIME_WAIT, PW_TCP, 8000, false, false, 1, 0, 0 },
		{ PW_FIN_WAIT2, PW_TCP, 8000, false, true, 1, 0, 0 },
		{ PW_FIN_WAIT2, PW_TCP, 8000, false, false, 0, 1, 0 },
		{ PW_FIN_WAIT2, PW_TCP, 8000, true, false, 0, 0, 1 },
		{ PW_FIN_WAIT1, PW_TCP, 8000, false, false, 0, 1, 0 },
		{ PW_LAST_ACK, PW_TCP, 8000, false, false, 0, 1, 0 },
		{ PW_ESTABLISHED, PW_TCP, 8000, true, false, 0, 0, 1 },
		{ PW_ESTABLISHED, PW_TCP, 8000, false, false, 0, 1, 0 },
		{ PW_LISTEN, PW_TCP, 8000, true, false, 0, 0, 0 },
		{ PW_LISTEN, PW_TCP, 8000, false, false, 0, 0, 0 },
		{ PW_BOUND, PW_TCP, 8000, false, false, 0, 0, 0 },
		{ PW_TIME_WAIT, PW_TCP, 8001, false, true, 0, 0, 0 },
		{ PW_ESTABLISHED, PW_UDP, 8000, true, false, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(answer_done) struct answer a = {};
		_cleanup_(plan_done) struct plan p = {};

		given(&a, rows[i].state, rows[i].port, "10.0.0.2", rows[i].held ? PIDS(20) : NULL,
		      "server");
		a.sockets[0].s.proto = rows[i].proto;
		a.sockets[0].timewait = rows[i].small;
		a.sockets[0].has_expires = true;
		judge(&a, "8000/tcp");
		assert_int_equal(plan_judge(&p, &a, &nothing), 0);
		assert_row(i, p.ports[0].nr_timewait == rows[i].timewait);
		assert_row(i, p.ports[0].nr_closing == rows[i].closing);
		assert_row(i, p.ports[0].nr_connections == rows[i].connections);
	}
}

/* Each process once, with copies of its own. */
static void test_who_is_left(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};
	const struct plan_left *left;

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(20, 30), "server");
	given(&a, PW_ESTABLISHED, 8000, "10.0.0.2", PIDS(30, 40), "server");
	given(&a, PW_LISTEN, 8001, NULL, PIDS(50), "server");
	a.processes[0].unit = strdup("web.service");
	a.processes[0].cgroup = strdup("/system.slice/web.service");
	a.processes[1].container = strdup("0123456789ab");
	a.processes[1].cgroup = strdup("/user.slice/user@1000.service/app.slice/foo.service");
	a.processes[2].pid = 4;
	judge(&a, "8000/tcp 8001/tcp");
	assert_int_equal(plan_add_targets(&p, &a, &nothing, true), 0);
	assert_int_equal(plan_judge(&p, &a, &nothing), 0);
	left = p.ports[0].left;
	assert_int_equal(p.ports[0].nr_left, 3);
	assert_int_equal(left[0].pid, 20);
	assert_string_equal(left[0].unit, "web.service");
	assert_ptr_not_equal(left[0].unit, a.processes[0].unit);
	assert_null(left[0].container);
	assert_false(left[0].user_unit);
	assert_int_equal(left[1].pid, 30);
	assert_string_equal(left[1].container, "0123456789ab");
	assert_null(left[1].unit);
	assert_true(left[1].user_unit);
	assert_int_equal(left[2].pid, 4);
	assert_int_equal(left[2].id.tgid, 40);
	assert_false(left[2].user_unit);
	assert_int_equal(p.ports[1].nr_left, 1);
	assert_int_equal(p.ports[1].left[0].pid, 50);
	assert_false(plan_respawned(&p));
}

/* A process that has connections only was to be spared. */
static void test_spared(void **state)
{
	const struct plan_facts listening = { .listening = true };
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};

	(void)state;
	given(&a, PW_ESTABLISHED, 8000, "10.0.0.2", PIDS(30), "worker");
	given(&a, PW_LISTEN, 8000, NULL, PIDS(20), "server");
	judge(&a, "8000/tcp");
	assert_int_equal(plan_judge(&p, &a, &listening), 0);
	assert_int_equal(p.ports[0].nr_left, 1);
	assert_int_equal(p.ports[0].left[0].pid, 20);
	assert_int_equal(p.ports[0].nr_connections, 1);
	assert_int_equal(plan_judge(&p, &a, &nothing), 0);
	assert_int_equal(p.ports[0].nr_left, 2);
}

static unsigned int asked;

static void relatives_of(void *arg, const struct process *p, struct plan_relatives *ret)
{
	(void)arg;
	assert_int_equal(p->pid, 30);
	asked++;
	ret->parent = 7;
	memset(ret->parent_comm, 'p', sizeof(ret->parent_comm));
}

/* Only of a process that took the port anew it matters who has started it. */
static void test_respawned(void **state)
{
	const struct plan_facts f = { .relatives = relatives_of };
	_cleanup_(answer_done) struct answer a = {}, later = {};
	_cleanup_(plan_done) struct plan p = {};
	const struct plan_left *left;

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(20), "server");
	given(&a, PW_LISTEN, 8001, NULL, PIDS(20), "server");
	judge(&a, "8000/tcp 8001/tcp");
	assert_int_equal(plan_add_ports(&p, &a), 0);
	assert_int_equal(plan_add_targets(&p, &a, &nothing, true), 0);
	assert_int_equal(plan_judge(&p, &a, &f), 0);
	assert_int_equal(asked, 0);
	assert_false(plan_respawned(&p));

	given(&later, PW_LISTEN, 8000, NULL, PIDS(20), "server");
	given(&later, PW_LISTEN, 8001, NULL, PIDS(20, 30), "server");
	judge(&later, "8000/tcp 8001/tcp");
	assert_int_equal(plan_judge(&p, &later, &f), 0);
	assert_int_equal(asked, 1);
	assert_true(plan_respawned(&p));
	left = p.ports[1].left;
	assert_int_equal(p.ports[1].nr_left, 2);
	assert_false(left[0].respawned);
	assert_int_equal(left[0].parent, 0);
	assert_true(left[1].respawned);
	assert_int_equal(left[1].parent, 7);
	assert_int_equal(left[1].parent_comm[PW_COMM_LEN - 1], 'p');
	/* Without facts it is told all the same. */
	assert_int_equal(plan_judge(&p, &later, &nothing), 0);
	assert_true(plan_respawned(&p));
	assert_int_equal(p.ports[1].left[1].parent, 0);
}

/* A port that is given back twice is given back once. */
static void test_done_twice(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(20), "server");
	judge(&a, "8000/tcp");
	assert_int_equal(plan_judge(&p, &a, &nothing), 0);
	assert_non_null(p.ports[0].hint);
	plan_port_done(&p.ports[0]);
	assert_int_equal(p.ports[0].nr_left, 0);
	assert_null(p.ports[0].left);
	assert_null(p.ports[0].hint);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),	   cmocka_unit_test(test_who_is_left),
		cmocka_unit_test(test_spared),	   cmocka_unit_test(test_respawned),
		cmocka_unit_test(test_done_twice),
	};

	return cmocka_run_group_tests_name("plan_ports_left", tests, NULL, NULL);
}
