// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/guard.h"

#include "plan.h"
#include "unit.h"

static const uint32_t ancestors[] = { 400, 401 };

static void assert_instead(const struct target *t, const char *expected)
{
	if (!expected) {
		assert_null(t->instead);
		return;
	}
	assert_non_null(t->instead);
	assert_string_equal(t->instead, expected);
}

static void set_cmdline(struct process *p, const char *cmdline)
{
	if (!cmdline)
		return;
	p->cmdline = strdup(cmdline);
	p->cmdline_len = strlen(cmdline);
}

static const struct who {
	uint32_t pid, tgid; /* tgid 0: the pid */
	const char *comm, *cmdline;
	enum guard guard;
	const char *instead;
} people[] = {
	{ 20, 0, "server", NULL, GUARD_NONE, NULL },
	{ 20, 0, "", NULL, GUARD_NONE, NULL },
	{ 2, 0, "server", NULL, GUARD_NONE, NULL },
	{ 1, 0, "init", NULL, GUARD_INIT, NULL },
	/* The system's, whatever number our namespace gives it, and the first of our own. */
	{ 70, 1, "init", NULL, GUARD_INIT, NULL },
	{ 1, 7000, "init", NULL, GUARD_INIT, NULL },
	{ 500, 0, "portwatch", NULL, GUARD_SELF, NULL },
	/* Numbers of the initial namespace mean nothing here. */
	{ 20, 500, "server", NULL, GUARD_NONE, NULL },
	{ 20, 400, "server", NULL, GUARD_NONE, NULL },
	{ 400, 0, "bash", NULL, GUARD_ANCESTOR, NULL },
	{ 401, 9000, "sshd", NULL, GUARD_ANCESTOR, NULL },
	{ 402, 0, "sshd", NULL, GUARD_NONE, NULL },
	{ 20, 0, "docker-proxy", NULL, GUARD_PROXY,
	  "docker stop $(docker ps -q --filter publish=8000)" },
	{ 20, 0, "dockerd", NULL, GUARD_PROXY,
	  "docker stop $(docker ps -q --filter publish=8000)" },
	{ 20, 0, "renamed", "/usr/bin/docker-proxy", GUARD_PROXY,
	  "docker stop $(docker ps -q --filter publish=8000)" },
	{ 20, 0, "renamed", "slirp4netns", GUARD_PROXY,
	  "podman stop $(podman ps -q --filter publish=8000)" },
	{ 20, 0, "rootlessport", NULL, GUARD_PROXY,
	  "podman stop $(podman ps -q --filter publish=8000)" },
	{ 20, 0, "rootlessport-child", NULL, GUARD_NONE, NULL }, /* 16 letters: another name */
	{ 20, 0, "rootlessport-ch", NULL, GUARD_PROXY,
	  "podman stop $(podman ps -q --filter publish=8000)" },
	{ 20, 0, "pasta", NULL, GUARD_PROXY, "podman stop $(podman ps -q --filter publish=8000)" },
	{ 20, 0, "pasta.avx2", NULL, GUARD_PROXY,
	  "podman stop $(podman ps -q --filter publish=8000)" },
	{ 20, 0, "docker-proxy2", "/x/docker-proxyy", GUARD_NONE, NULL },
	{ 20, 0, "vi", "/etc/docker-proxy/x", GUARD_NONE, NULL },
	/* Of two guards the stronger: portwatch was started from this proxy. */
	{ 400, 0, "pasta", NULL, GUARD_PROXY, "podman stop $(podman ps -q --filter publish=8000)" },
	{ 1, 0, "systemd", NULL, GUARD_INIT,
	  "systemctl stop UNIT.socket, found by: systemctl list-sockets" },
	{ 900, 0, "systemd", NULL, GUARD_ACTIVATED,
	  "systemctl --user stop UNIT.socket, found by: systemctl --user list-sockets" },
	{ 900, 0, "systemd-resolve", NULL, GUARD_NONE, NULL },
};

/* Force lifts these guards, and says so. */
static void test_by_who_it_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(people); i++)
		for (int force = 0; force < 2; force++) {
			_cleanup_(answer_done) struct answer a = {};
			_cleanup_(target_done) struct target t = {};
			struct plan_facts f = { .self = 500, .force = force };

			f.ancestors = ancestors, f.nr_ancestors = ARRAY_SIZE(ancestors);
			given(&a, PW_LISTEN, 8000, NULL, PIDS(people[i].pid), people[i].comm);
			if (people[i].tgid)
				a.processes[0].id.tgid = people[i].tgid;
			set_cmdline(&a.processes[0], people[i].cmdline);
			t = judged(&a, 0, &f);
			assert_row(i, t.guard == people[i].guard);
			assert_row(i, target_is_due(&t) == (t.guard == GUARD_NONE || force));
			assert_row(i, t.fate == FATE_PLANNED || t.fate == FATE_GUARDED);
			assert_row(i, t.forced == (t.guard != GUARD_NONE && force));
			assert_instead(&t, people[i].instead);
		}
}

/* No force reaches a process that has no number here, whatever else is true of it. */
static void test_unreachable(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(target_done) struct target t = {};
	const struct plan_facts f = { .force = true };

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(20), "docker-proxy");
	a.processes[0].pid = 0;
	t = judged(&a, 0, &f);
	assert_int_equal(t.guard, GUARD_UNREACHABLE);
	assert_int_equal(t.fate, FATE_GUARDED);
	assert_false(t.forced);
	assert_null(t.instead);
}

static const char *web_socket(void *arg, uint8_t proto, uint16_t port)
{
	(void)arg;
	return proto == PW_TCP && port == 8000 ? "web.socket" : NULL;
}

/* systemd must hold a listening socket that the process holds as well. */
static void test_activated(void **state)
{
	static const struct {
		uint8_t state;
		uint16_t port;
		uint32_t manager; /* its pid */
		const char *name;
		bool shared; /* else each has a socket of its own */
		enum guard guard;
		const char *instead;
	} rows[] = {
		{ PW_LISTEN, 8000, 1, "systemd", true, GUARD_ACTIVATED,
		  "systemctl stop web.socket" },
		{ PW_BOUND, 8000, 1, "systemd", true, GUARD_ACTIVATED,
		  "systemctl stop web.socket" },
		{ PW_LISTEN, 8001, 1, "systemd", true, GUARD_ACTIVATED,
		  "systemctl stop UNIT.socket, found by: systemctl list-sockets" },
		{ PW_LISTEN, 8000, 900, "systemd", true, GUARD_ACTIVATED,
		  "systemctl --user stop UNIT.socket, found by: systemctl --user list-sockets" },
		{ PW_LISTEN, 8000, 1, "systemd", false, GUARD_NONE, NULL },
		{ PW_ESTABLISHED, 8000, 1, "systemd", true, GUARD_NONE, NULL },
		{ PW_LISTEN, 8000, 1, "init", true, GUARD_NONE, NULL },
		{ PW_LISTEN, 8000, 900, "systemd2", true, GUARD_NONE, NULL },
	};
	const struct plan_facts f = { .socket_unit = web_socket };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(answer_done) struct answer a = {};
		_cleanup_(target_done) struct target t = {};

		given(&a, PW_LISTEN, 8002, NULL, PIDS(50, 51), "web");
		given(&a, rows[i].state, rows[i].port, NULL, PIDS(50), "web");
		if (!rows[i].shared)
			given(&a, rows[i].state, rows[i].port, NULL, NULL, NULL);
		add_holder(&a, a.nr_sockets - 1, rows[i].manager, rows[i].name, 40);
		t = judged(&a, 0, &f);
		assert_row(i, t.guard == rows[i].guard);
		assert_instead(&t, rows[i].instead);
	}
}

/* PID 1 with a socket of another is PID 1; its command names the socket. */
static void test_init_that_activates(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(target_done) struct target t = {};
	const struct plan_facts f = { .socket_unit = web_socket };
	size_t i = given(&a, PW_LISTEN, 8000, NULL, PIDS(50), "web");

	(void)state;
	add_holder(&a, i, 1, "systemd", 40);
	t = judged(&a, 1, &f);
	assert_int_equal(t.guard, GUARD_INIT);
	assert_instead(&t, "systemctl stop web.socket");
}

/* A process that inherited a socket of systemd's is portwatch before it is a service. */
static void test_self_before_activated(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(target_done) struct target t = {};
	const struct plan_facts f = { .self = 50 };
	size_t i = given(&a, PW_LISTEN, 8000, NULL, PIDS(50), "portwatch");

	(void)state;
	add_holder(&a, i, 1, "systemd", 40);
	t = judged(&a, 0, &f);
	assert_int_equal(t.guard, GUARD_SELF);
	assert_instead(&t, NULL);
}

/* ---- containers ------------------------------------------------------------------------- */

static struct plan_forwards forwards;

static void forwarding(void *arg, const struct process *p, struct plan_relatives *ret)
{
	(void)arg;
	(void)p;
	ret->forwards = forwards;
}

static void test_forwards(void **state)
{
	static const struct {
		const char *comm, *tool, *container;
		bool yes;
		enum guard guard;
		const char *instead;
	} rows[] = {
		{ "x", "", "", false, GUARD_NONE, NULL },
		{ "x", "", "", true, GUARD_PROXY, NULL },
		{ "x", "lxc", "", true, GUARD_PROXY,
		  "lxc stop $(lxc ps -q --filter publish=8000)" },
		{ "x", "", "0123456789abcdef", true, GUARD_PROXY, "podman stop 0123456789ab" },
		{ "x", "docker", "short", true, GUARD_PROXY, "docker stop short" },
		{ "dockerd", "", "0123456789abc", true, GUARD_PROXY, "docker stop 0123456789ab" },
		/* The facts know better than the name. */
		{ "pasta", "docker", "0123456789ab", true, GUARD_PROXY,
		  "docker stop 0123456789ab" },
	};
	const struct plan_facts f = { .relatives = forwarding };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(answer_done) struct answer a = {};
		_cleanup_(target_done) struct target t = {};

		forwards = (struct plan_forwards){ .yes = rows[i].yes };
		snprintf(forwards.tool, sizeof(forwards.tool), "%s", rows[i].tool);
		snprintf(forwards.container, sizeof(forwards.container), "%s", rows[i].container);
		given(&a, PW_LISTEN, 8000, NULL, PIDS(20), rows[i].comm);
		t = judged(&a, 0, &f);
		assert_row(i, t.guard == rows[i].guard);
		assert_instead(&t, rows[i].instead);
	}
}

/* Each guard has words and a name, and no two the same. */
static void test_words(void **state)
{
	(void)state;
	assert_string_equal(guard_text(GUARD_NONE), "");
	assert_string_equal(names_guard(GUARD_INIT), "init");
	assert_string_equal(guard_text(GUARD_INIT), "it is PID 1");
	for (int i = 0; i < GUARD_MAX; i++)
		for (int k = 0; k < i; k++) {
			assert_string_not_equal(guard_text(i), guard_text(k));
			assert_string_not_equal(names_guard(i), names_guard(k));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_who_it_is),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_activated),
		cmocka_unit_test(test_init_that_activates),
		cmocka_unit_test(test_self_before_activated),
		cmocka_unit_test(test_forwards),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
