// SPDX-License-Identifier: GPL-2.0-or-later
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
	a.sockets[a.nr_sockets - 1].s.flags |= PW_F_RELEASED;
	given(&a, PW_ESTABLISHED, 8000, "10.0.0.5", NULL, NULL); /* held by somebody unseen */
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

static const char *web_socket(void *arg, uint8_t proto, uint16_t port)
{
	(void)arg;
	return proto == PW_TCP && port == 8000 ? "web.socket" : NULL;
}

/* systemd and the service hold the socket: neither is ended, nor an instance that would be started
 * again. */
static void test_instance_of_an_activated_unit(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};
	const struct plan_facts f = { .socket_unit = web_socket };
	size_t i = given(&a, PW_LISTEN, 8000, NULL, PIDS(50), "web");

	(void)state;
	add_holder(&a, i, 1, "systemd", 40);
	given(&a, PW_ESTABLISHED, 8000, "10.0.0.2", PIDS(60), "web-instance");
	assert_int_equal(make(&p, &a, &f), 0);
	assert_int_equal(p.nr_targets, 3);
	assert_int_equal(p.targets[0].guard, GUARD_INIT);
	assert_string_equal(p.targets[0].instead, "systemctl stop web.socket");
	assert_int_equal(p.targets[1].guard, GUARD_ACTIVATED);
	assert_string_equal(p.targets[1].instead, "systemctl stop web.socket");
	assert_int_equal(p.targets[2].guard, GUARD_COMPANION);
}

/* Nobody dies in vain: if one holder of a port is refused, the others are left alone, unless
 * they have another port that their end frees. */
static void test_companions(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};
	const uint32_t ancestors[] = { 10 };
	const struct plan_facts f = { .ancestors = ancestors, .nr_ancestors = 1 };

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(10, 20, 30), "server");
	given(&a, PW_LISTEN, 8001, NULL, PIDS(30), "server");
	judge(&a, "8000/tcp 8001/tcp");
	assert_int_equal(make(&p, &a, &f), 1);
	assert_int_equal(p.targets[0].guard, GUARD_ANCESTOR);
	assert_int_equal(p.targets[1].guard, GUARD_COMPANION);
	assert_int_equal(p.targets[2].guard, GUARD_NONE);
	assert_int_equal(p.nr_ports, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_nothing_to_do),
		cmocka_unit_test(test_listening_spares_connections),
		cmocka_unit_test(test_instance_of_an_activated_unit),
		cmocka_unit_test(test_companions),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
