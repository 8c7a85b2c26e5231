// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/guard.h"
#include "model/plan.h"

#include "plan.h"
#include "unit.h"

static void test_guards(void **state)
{
	static const struct {
		uint32_t pid;
		const char *comm, *cmdline;
		enum guard guard;
		const char *instead;
	} rows[] = {
		{ 20, "server", NULL, GUARD_NONE, NULL },
		{ 1, "init", NULL, GUARD_INIT, NULL },
		{ 500, "portwatch", NULL, GUARD_SELF, NULL },
		{ 400, "bash", NULL, GUARD_ANCESTOR, NULL },
		{ 401, "sshd", NULL, GUARD_ANCESTOR, NULL },
		{ 20, "docker-proxy", NULL, GUARD_PROXY,
		  "docker stop $(docker ps -q --filter publish=8000)" },
		{ 20, "renamed", "/usr/bin/docker-proxy", GUARD_PROXY,
		  "docker stop $(docker ps -q --filter publish=8000)" },
		{ 20, "rootlessport", NULL, GUARD_PROXY,
		  "podman stop $(podman ps -q --filter publish=8000)" },
		{ 20, "docker-proxy2", "/x/docker-proxyy", GUARD_NONE, NULL },
		{ 1, "systemd", NULL, GUARD_INIT, "systemctl stop web.socket" },
		{ 900, "systemd", NULL, GUARD_ACTIVATED,
		  "systemctl --user stop UNIT.socket, found by: systemctl --user list-sockets" },
	};
	static const uint32_t ancestors[] = { 400, 401 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (int force = 0; force < 2; force++) {
			_cleanup_(answer_done) struct answer a = {};
			_cleanup_(plan_done) struct plan p = {};
			struct plan_facts f = { .self = 500,
						.ancestors = ancestors,
						.nr_ancestors = 2,
						.force = force };
			const struct target *t;

			f.socket_unit = NULL;
			given(&a, PW_LISTEN, 8000, NULL, PIDS(rows[i].pid), rows[i].comm);
			if (rows[i].cmdline) {
				a.processes[0].cmdline = strdup(rows[i].cmdline);
				a.processes[0].cmdline_len = strlen(rows[i].cmdline);
			}
			make(&p, &a, &f);
			t = &p.targets[0];
			assert_row(i, t->guard == rows[i].guard);
			assert_row(i, target_is_due(t) == (rows[i].guard == GUARD_NONE || force));
			assert_row(i, t->forced == (rows[i].guard != GUARD_NONE && force));
			if (rows[i].guard != GUARD_NONE)
				assert_row(i, guard_text(t->guard)[0]);
			if (!rows[i].instead || strstr(rows[i].instead, "web.socket"))
				continue;
			assert_non_null(t->instead);
			assert_string_equal(t->instead, rows[i].instead);
		}
}

static const char *web_socket(void *arg, uint8_t proto, uint16_t port)
{
	(void)arg;
	return proto == PW_TCP && port == 8000 ? "web.socket" : NULL;
}

/* systemd and the service hold the socket: neither is ended, and the command is exact. */
static void test_socket_activation(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};
	const struct plan_facts f = { .socket_unit = web_socket };
	size_t i = given(&a, PW_LISTEN, 8000, NULL, PIDS(50), "web");

	(void)state;
	add_holder(&a, i, 1, "systemd", 40);
	/* An instance that only has a connection would be started again as well. */
	given(&a, PW_ESTABLISHED, 8000, "10.0.0.2", PIDS(60), "web-instance");
	assert_int_equal(make(&p, &a, &f), 0);
	assert_int_equal(p.nr_targets, 3);
	assert_int_equal(p.targets[0].guard, GUARD_INIT);
	assert_string_equal(p.targets[0].instead, "systemctl stop web.socket");
	assert_int_equal(p.targets[1].guard, GUARD_ACTIVATED);
	assert_string_equal(p.targets[1].instead, "systemctl stop web.socket");
	assert_int_equal(p.targets[2].guard, GUARD_COMPANION);
}

/* A process outside of our PID namespace has no number to be signalled by. */
static void test_unreachable(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(plan_done) struct plan p = {};
	const struct plan_facts f = { .force = true };

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(20), "server");
	a.processes[0].pid = 0;
	assert_int_equal(make(&p, &a, &f), 0);
	assert_int_equal(p.targets[0].guard, GUARD_UNREACHABLE);
	assert_int_equal(p.targets[0].fate, FATE_GUARDED);
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
		cmocka_unit_test(test_guards),
		cmocka_unit_test(test_socket_activation),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_companions),
	};

	return cmocka_run_group_tests_name("plan_guard", tests, NULL, NULL);
}
