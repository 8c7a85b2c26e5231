// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/answer_order.h"

#include "unit.h"

#define MOST 6

/* A socket, told apart by its port, with its holders' first. */
struct given {
	uint32_t pid; /* 0: it has no holder */
	const char *comm, *user, *unit;
	uint32_t uid;
	uint8_t state;
	uint64_t since_ns;
	bool nowhere; /* the process has no number in our namespace */
};

static void build(struct answer *a, const struct given *g, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		struct pw_sock s = sock(g[i].state, "0.0.0.0", 1 + i, NULL, 0);
		struct process *p;

		s.since_ns = g[i].since_ns;
		add_socket(a, &s);
		if (!g[i].pid)
			continue;
		add_holder(a, i, g[i].pid, g[i].comm ? g[i].comm : "x", 3);
		p = &a->processes[a->nr_processes - 1];
		p->id.uid = g[i].uid;
		p->user = g[i].user ? strdup(g[i].user) : NULL;
		p->unit = g[i].unit ? strdup(g[i].unit) : NULL;
		p->pid = g[i].nowhere ? 0 : p->pid;
	}
}

/* Equal sockets keep their order, and those of which it is not known come last. */
static const struct row {
	enum answer_order order;
	struct given sockets[MOST];
	uint16_t expected[MOST]; /* ports, from 1 */
} rows[] = {
	{ ORDER_PORT, { { .pid = 30 }, { .pid = 20 }, {} }, { 1, 2, 3 } },
	{ ORDER_PID,
	  { { .pid = 30 }, {}, { .pid = 20 }, { .pid = 4194304 }, {} },
	  { 3, 1, 4, 2, 5 } },
	{ ORDER_PID, { { .pid = 30, .nowhere = true }, { .pid = 40 } }, { 2, 1 } },
	{ ORDER_PROCESS,
	  { { .pid = 1, .comm = "nginx" },
	    {},
	    { .pid = 2, .comm = "Apache" },
	    { .pid = 3, .comm = "nginx" },
	    { .pid = 4, .comm = "" },
	    { .pid = 5, .comm = "bind" } },
	  { 5, 3, 6, 1, 4, 2 } },
	/* No NUL follows a name of 16 bytes. */
	{ ORDER_PROCESS,
	  { { .pid = 1, .comm = "0123456789abcdef" },
	    { .pid = 2, .comm = "0123456789abcdee" },
	    { .pid = 3, .comm = "0123456789abcdef" } },
	  { 2, 1, 3 } },
	/* Users without a name by number, before those with a name. */
	{ ORDER_USER,
	  { { .pid = 1, .user = "root" },
	    { .pid = 2, .uid = 70000 },
	    {},
	    { .pid = 3, .user = "alice", .uid = 99 },
	    { .pid = 4, .uid = 33 },
	    { .pid = 5, .user = "alice", .uid = 1 } },
	  { 5, 2, 4, 6, 1, 3 } },
	{ ORDER_UNIT,
	  { { .pid = 1, .unit = "web.service" },
	    { .pid = 2 },
	    {},
	    { .pid = 3, .unit = "a.service" } },
	  { 4, 1, 2, 3 } },
	/* Longer texts are compared to their end. */
	{ ORDER_UNIT,
	  { { .pid = 1, .unit = "app-org.example.server@2.service" },
	    { .pid = 2, .unit = "app-org.example.server@1.service" } },
	  { 2, 1 } },
	/* The youngest first; 0 is not known. */
	{ ORDER_AGE,
	  { { .pid = 0, .since_ns = 5 },
	    {},
	    { .pid = 0, .since_ns = UINT64_MAX },
	    { .pid = 0, .since_ns = 1 },
	    { .pid = 0, .since_ns = 5 } },
	  { 3, 1, 5, 4, 2 } },
	{ ORDER_STATE,
	  { { .pid = 0, .state = PW_TIME_WAIT },
	    { .pid = 0, .state = PW_ESTABLISHED },
	    { .pid = 0, .state = PW_TIME_WAIT },
	    { .pid = 0, .state = PW_ESTABLISHED } },
	  { 2, 4, 1, 3 } },
};

static void test_orders(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(answer_done) struct answer a = {};
		size_t nr = 0;

		while (nr < MOST && rows[i].expected[nr])
			nr++;
		build(&a, rows[i].sockets, nr);
		assert_int_equal(answer_order(&a, rows[i].order), 0);
		assert_row(i, a.nr_sockets == nr);
		for (size_t k = 0; k < nr; k++)
			if (a.sockets[k].s.lport != rows[i].expected[k])
				fail_msg("row %zu: port %u at place %zu", i, a.sockets[k].s.lport,
					 k);
	}
}

static void test_nothing_to_sort(void **state)
{
	(void)state;
	for (int order = ORDER_PORT; order <= ORDER_UNIT; order++) {
		_cleanup_(answer_done) struct answer a = {};

		assert_int_equal(answer_order(&a, order), 0);
		assert_int_equal(a.nr_sockets, 0);
	}
}

/* Move a socket with all that it has; its first holder decides. */
static void test_sockets_stay_whole(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	struct pw_sock s = sock(PW_LISTEN, "0.0.0.0", 1, NULL, 0);

	(void)state;
	add_socket(&a, &s)->inode = 100;
	s.lport = 2;
	add_socket(&a, &s)->inode = 200;
	add_holder(&a, 0, 30, "b", 7);
	add_holder(&a, 0, 10, "a", 8);
	add_holder(&a, 1, 20, "c", 9);
	assert_int_equal(answer_order(&a, ORDER_PID), 0);
	assert_int_equal(a.sockets[0].inode, 200);
	assert_int_equal(a.sockets[0].holders[0].fds[0], 9);
	assert_int_equal(a.sockets[1].inode, 100);
	assert_int_equal(a.sockets[1].nr_holders, 2);
	assert_int_equal(a.sockets[1].holders[1].fds[0], 8);
}

/* More than a sort handles by insertion: it must still be stable. */
static void test_many(void **state)
{
	_cleanup_(answer_done) struct answer a = {};

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		struct pw_sock s = sock(PW_LISTEN, "0.0.0.0", 60000 - i, NULL, 0);

		s.since_ns = 1 + i % 3;
		add_socket(&a, &s);
	}
	assert_int_equal(answer_order(&a, ORDER_AGE), 0);
	for (size_t i = 1; i < a.nr_sockets; i++) {
		const struct pw_sock *before = &a.sockets[i - 1].s, *s = &a.sockets[i].s;

		assert_row(i, before->since_ns > s->since_ns || (before->since_ns == s->since_ns &&
								 before->lport > s->lport));
	}
}

/* The names are those of the enum, in its order. */
static void test_names(void **state)
{
	static const char *const expected[] = {
		[ORDER_PORT] = "port", [ORDER_PROCESS] = "process", [ORDER_PID] = "pid",
		[ORDER_USER] = "user", [ORDER_STATE] = "state",	    [ORDER_AGE] = "age",
		[ORDER_UNIT] = "unit",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_string_equal(answer_orders[i], expected[i]);
	assert_null(answer_orders[ARRAY_SIZE(expected)]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_nothing_to_sort),
		cmocka_unit_test(test_sockets_stay_whole),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("answer_order", tests, NULL, NULL);
}
