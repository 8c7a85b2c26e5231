// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/target.h"

#include "plan.h"
#include "unit.h"

static struct socket socket_in(uint8_t proto, uint8_t state)
{
	return (struct socket){ .s = { .proto = proto, .state = state } };
}

/* ---- questions about one socket ------------------------------------------------------------ */

static void test_kinds_of_sockets(void **state)
{
	static const struct {
		uint8_t state;
		bool listens, tcp_connection;
	} rows[] = {
		{ PW_LISTEN, true, false },	 { PW_BOUND, true, false },
		{ PW_UNCONN, true, false },	 { PW_ESTABLISHED, false, true },
		{ PW_SYN_SENT, false, false },	 { PW_SYN_RECV, false, false },
		{ PW_CLOSE_WAIT, false, false }, { PW_FIN_WAIT2, false, false },
		{ PW_TIME_WAIT, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct socket tcp = socket_in(PW_TCP, rows[i].state);
		struct socket udp = socket_in(PW_UDP, rows[i].state);

		assert_row(i, plan_is_listening(&tcp) == rows[i].listens);
		assert_row(i, plan_is_listening(&udp) == rows[i].listens);
		assert_row(i, target_is_connection(&tcp) == rows[i].tcp_connection);
		assert_row(i, !target_is_connection(&udp));
	}
}

/* Nothing is by chance that was not seen to be. */
static void test_by_chance(void **state)
{
	struct socket s = socket_in(PW_UDP, PW_UNCONN);

	(void)state;
	assert_false(plan_is_by_chance(&s));
	s.bind.known = 1;
	assert_true(plan_is_by_chance(&s));
	s.s.flags = PW_F_REUSEADDR;
	assert_true(plan_is_by_chance(&s));
	s.s.flags = PW_F_EXPLICIT;
	assert_false(plan_is_by_chance(&s));
	s.s.flags = 0, s.s.proto = PW_TCP;
	assert_false(plan_is_by_chance(&s));
}

static void test_udp_aside(void **state)
{
	static const struct {
		const char *asked; /* NULL: nothing, "": the empty set */
		uint16_t port;
		bool aside;
	} rows[] = {
		{ NULL, 8000, false },
		{ "", 8000, true },
		{ "8000", 8000, true },
		{ "8000/tcp", 8000, true },
		{ "8000/udp", 8000, false },
		{ "8000/udp", 8001, true },
		{ "8000/udp", 7999, true },
		{ "8000-8002/udp", 8000, false },
		{ "8000-8002/udp", 8001, false },
		{ "8000-8002/udp", 8002, false },
		{ "8000-8002/udp", 8003, true },
		{ "8000-8002/udp", 7999, true },
		{ "8000 8000/udp", 8000, false },
		{ "8000/udp 8001/udp", 8001, false },
		{ "65535/udp", 65535, false },
		{ "1-65535/udp", 1, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(portspec_done) struct portspec asked = {};
		_cleanup_(strbuf_done) struct strbuf why = {};
		const struct plan_facts f = { .asked = rows[i].asked ? &asked : NULL };

		if (rows[i].asked && *rows[i].asked)
			assert_int_equal(portspec_parse(&asked, rows[i].asked, NULL, NULL, &why),
					 0);
		assert_row(i, plan_udp_is_aside(&f, rows[i].port) == rows[i].aside);
	}
}

/* ---- who holds something in scope --------------------------------------------------------- */

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

/* --listening spares those that have connections only. */
static void test_holds_what_is_in_scope(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	const struct pw_actor server = actor(20, "server"), worker = actor(30, "worker");
	const struct plan_facts all = {}, listening = { .listening = true };

	(void)state;
	assert_false(plan_holds(&a, &all, &server));
	given(&a, PW_ESTABLISHED, 8000, "10.0.0.2", PIDS(20, 30), "x");
	assert_true(plan_holds(&a, &all, &server));
	assert_false(plan_holds(&a, &listening, &server));
	given(&a, PW_LISTEN, 8000, NULL, PIDS(20), "x");
	assert_true(plan_holds(&a, &listening, &server));
	assert_false(plan_holds(&a, &listening, &worker));
	assert_true(plan_holds(&a, &all, &worker));
}

/* ---- target_fill() ------------------------------------------------------------------------- */

static void test_sockets_of_the_process(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(target_done) struct target t = {};
	const struct plan_facts f = {};

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(20, 30), "nginx");
	given(&a, PW_ESTABLISHED, 8000, "10.0.0.2", PIDS(30), "nginx");
	given(&a, PW_ESTABLISHED, 8000, "10.0.0.3", PIDS(20), "nginx");
	given(&a, PW_CLOSE_WAIT, 8000, "10.0.0.4", PIDS(30), "nginx");
	given(&a, PW_TIME_WAIT, 8000, "10.0.0.5", NULL, NULL);
	add_holder(&a, 1, 30, "nginx", 9);
	a.processes[1].user = strdup("www");
	assert_int_equal(target_fill(&t, &a, 1, &f), 0);
	assert_int_equal(t.process.pid, 30);
	assert_string_equal(t.process.user, "www");
	assert_ptr_not_equal(t.process.user, a.processes[1].user);
	assert_int_equal(t.nr_sockets, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct socket *s = &a.sockets[i == 2 ? 3 : i];

		assert_row(i, t.sockets[i].sk == s->sk && t.sockets[i].inode == s->inode);
		assert_row(i, t.sockets[i].s.state == s->s.state && !t.sockets[i].closed);
	}
	assert_int_equal(t.nr_fds, 4);
	assert_int_equal(t.fds[0], 3);
	assert_int_equal(t.fds[1], 3);
	assert_int_equal(t.fds[2], 9);
	assert_int_equal(t.fds[3], 3);
	assert_int_equal(t.nr_listening, 1);
	assert_int_equal(t.nr_established, 1);
	assert_int_equal(t.fate, FATE_PLANNED);
	assert_int_equal(t.guard, GUARD_NONE);
	assert_true(target_is_due(&t));
}

/* Overwrite all that stood in the target before; a process may have no socket. */
static void test_without_sockets(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(target_done) struct target t;
	const struct plan_facts f = {};
	const struct pw_actor id = actor(20, "idle");
	size_t at;

	(void)state;
	memset(&t, 0xff, sizeof(t));
	assert_int_equal(answer_add_process(&a, &id, 20, &at), 0);
	assert_int_equal(target_fill(&t, &a, at, &f), 0);
	assert_int_equal(t.nr_sockets, 0);
	assert_int_equal(t.nr_fds, 0);
	assert_int_equal(t.nr_listening, 0);
	assert_int_equal(t.nr_also, 0);
	assert_null(t.instead);
}

static struct plan_relatives relatives;

static void relatives_of(void *arg, const struct process *p, struct plan_relatives *ret)
{
	assert_ptr_equal(arg, &relatives);
	assert_int_equal(p->pid, 20);
	*ret = relatives;
}

static void test_kin(void **state)
{
	const struct plan_facts f = { .relatives = relatives_of, .arg = &relatives };

	(void)state;
	relatives = (struct plan_relatives){ .nr_children = 3,
					     .nr_die_with = 2,
					     .terminal = true,
					     .keeper = KEEPER_UNIT,
					     .parent = 7 };
	strcpy(relatives.restart, "on-failure");
	memset(relatives.parent_comm, 'p', sizeof(relatives.parent_comm));
	relatives.condition.is = COND_STOPPED;
	relatives.forwards.yes = true;
	for (int init = 0; init < 2; init++) {
		_cleanup_(answer_done) struct answer a = {};
		_cleanup_(target_done) struct target t = {};

		relatives.condition.namespace_init = init;
		given(&a, PW_LISTEN, 8000, NULL, PIDS(20), "server");
		assert_int_equal(target_fill(&t, &a, 0, &f), 0);
		/* Nobody outlives the first process of a PID namespace. */
		assert_int_equal(t.nr_children, init ? 0 : 3);
		assert_int_equal(t.nr_die_with, 2);
		assert_true(t.terminal);
		assert_int_equal(t.keeper, KEEPER_UNIT);
		assert_string_equal(t.restart, "on-failure");
		assert_memory_equal(t.parent_comm, relatives.parent_comm, PW_COMM_LEN);
		assert_int_equal(t.parent, 7);
		assert_int_equal(t.condition.is, COND_STOPPED);
		assert_true(t.forwards.yes);
	}
}

/* ---- what else ends with it ---------------------------------------------------------------- */

static struct answer *everything; /* built by a test, handed over once */
static int refusal;

static int all_sockets(void *arg, const struct process *p, struct answer *ret)
{
	(void)arg;
	(void)p;
	if (everything)
		*ret = *everything;
	everything = NULL;
	return refusal;
}

/* A server of the ports 8000 and 8010, with these sockets besides. */
static struct target filled(struct answer *other)
{
	const struct plan_facts f = { .sockets_of = all_sockets };
	_cleanup_(answer_done) struct answer a = {};
	struct target t;

	given(&a, PW_LISTEN, 8000, NULL, PIDS(20), "server");
	given(&a, PW_LISTEN, 8010, NULL, PIDS(20), "server");
	everything = other;
	assert_int_equal(target_fill(&t, &a, 0, &f), 0);
	return t;
}

/* Only other ports of the process count: each once, and none that a client has by chance. */
static void test_other_ports(void **state)
{
	_cleanup_(target_done) struct target t = {};
	struct answer all = {};
	size_t i;

	(void)state;
	refusal = 0;
	given(&all, PW_LISTEN, 8000, NULL, PIDS(20), "server");
	given(&all, PW_ESTABLISHED, 8000, "10.0.0.2", PIDS(20), "server");
	given(&all, PW_LISTEN, 8010, NULL, PIDS(20), "server");
	i = given(&all, PW_UNCONN, 8000, NULL, PIDS(20), "server"); /* another protocol */
	all.sockets[i].s.proto = PW_UDP, all.sockets[i].s.flags = PW_F_EXPLICIT;
	given(&all, PW_LISTEN, 8001, NULL, PIDS(20), "server");
	given(&all, PW_LISTEN, 8001, NULL, PIDS(20), "server");
	given(&all, PW_BOUND, 8002, NULL, PIDS(20), "server");
	given(&all, PW_BOUND, 0, NULL, PIDS(20), "server");
	given(&all, PW_LISTEN, 8003, NULL, PIDS(21), "another");
	given(&all, PW_LISTEN, 8003, NULL, PIDS(20), "server");
	i = given(&all, PW_UNCONN, 40000, NULL, PIDS(20), "server");
	all.sockets[i].s.proto = PW_UDP;
	given(&all, PW_ESTABLISHED, 40001, "10.0.0.2", PIDS(20), "server");
	given(&all, PW_ESTABLISHED, 40002, "10.0.0.2", PIDS(20), "server");
	given(&all, PW_ESTABLISHED, 40003, "10.0.0.2", PIDS(21), "another");
	t = filled(&all);
	assert_int_equal(t.nr_also, 4);
	assert_int_equal(t.also[0].port, 8000);
	assert_int_equal(t.also[0].proto, PW_UDP);
	assert_int_equal(t.also[1].port, 8001);
	assert_int_equal(t.also[1].proto, PW_TCP);
	assert_int_equal(t.also[2].port, 8002);
	assert_int_equal(t.also[3].port, 8003);
	assert_int_equal(t.nr_also_established, 2);
}

/* The port that was asked for is another in another network namespace, and so are its connections.
 */
static void test_other_namespaces(void **state)
{
	_cleanup_(target_done) struct target t = {};
	struct answer all = {};
	size_t i;

	(void)state;
	refusal = 0;
	given(&all, PW_LISTEN, 8000, NULL, PIDS(20), "server");
	i = given(&all, PW_LISTEN, 8000, NULL, PIDS(20), "server");
	all.sockets[i].s.netns = 1;
	i = given(&all, PW_LISTEN, 8000, NULL, PIDS(20), "server");
	all.sockets[i].s.netns = 2;
	i = given(&all, PW_ESTABLISHED, 8000, "10.0.0.2", PIDS(20), "server");
	all.sockets[i].s.netns = 2;
	i = given(&all, PW_LISTEN, 8010, NULL, PIDS(20), "server");
	all.sockets[i].s.netns = 0; /* not known */
	t = filled(&all);
	assert_int_equal(t.nr_also, 2);
	for (i = 0; i < 2; i++)
		assert_row(i, t.also[i].port == 8000 && t.also[i].netns == i + 1);
	assert_int_equal(t.nr_also_established, 1);
}

/* The list of ports is short; their number goes on, and counts no port twice. */
static void test_many_other_ports(void **state)
{
	(void)state;
	refusal = 0;
	for (size_t nr = 0; nr <= PLAN_MAX_ALSO + 2; nr++) {
		_cleanup_(target_done) struct target t = {};
		struct answer all = {};

		for (size_t i = 0; i < 2 * nr; i++)
			given(&all, PW_LISTEN, 65535 - i / 2, NULL, PIDS(20), "server");
		t = filled(&all);
		assert_row(nr, t.nr_also == nr && !t.nr_also_established);
		for (size_t i = 0; i < nr && i < PLAN_MAX_ALSO; i++)
			assert_row(nr, t.also[i].port == 65535 - i);
	}
}

/* A refusal costs the other ports, and nothing else; memory is another matter. */
static void test_other_ports_not_known(void **state)
{
	const struct plan_facts f = { .sockets_of = all_sockets };
	_cleanup_(answer_done) struct answer a = {};
	struct answer all = {};

	(void)state;
	given(&a, PW_LISTEN, 8000, NULL, PIDS(20), "server");
	given(&all, PW_LISTEN, 8001, NULL, PIDS(20), "server");
	everything = &all;
	for (int i = 0; i < 2; i++) {
		_cleanup_(target_done) struct target t = {};

		refusal = i ? -ENOMEM : -EPERM;
		assert_int_equal(target_fill(&t, &a, 0, &f), i ? -ENOMEM : 0);
		assert_int_equal(t.nr_also, 0);
		assert_int_equal(t.nr_sockets, 1);
	}
}

static void test_fates(void **state)
{
	(void)state;
	assert_string_equal(names_fate(FATE_GONE), "gone");
	assert_string_equal(names_fate(FATE_GUARDED), "refused");
	for (int i = 0; i < FATE_MAX; i++) {
		const struct target t = { .fate = i };

		assert_row(i, target_is_due(&t) == (i == FATE_PLANNED));
		for (int k = 0; k < i; k++)
			assert_string_not_equal(names_fate(i), names_fate(k));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds_of_sockets),
		cmocka_unit_test(test_by_chance),
		cmocka_unit_test(test_udp_aside),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_holds_what_is_in_scope),
		cmocka_unit_test(test_sockets_of_the_process),
		cmocka_unit_test(test_without_sockets),
		cmocka_unit_test(test_kin),
		cmocka_unit_test(test_other_ports),
		cmocka_unit_test(test_other_namespaces),
		cmocka_unit_test(test_many_other_ports),
		cmocka_unit_test(test_other_ports_not_known),
		cmocka_unit_test(test_fates),
	};

	return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
