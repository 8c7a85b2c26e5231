// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/answer.h"

#include "unit.h"

static void test_processes(void **state)
{
	_cleanup_(answer_done) struct answer a;
	struct pw_actor one = actor(10, "one"), again = one, later = one;
	size_t i;

	(void)state;
	answer_init(&a);
	assert_int_equal(answer_add_process(&a, &one, 0, &i), 0);
	assert_int_equal(i, 0);
	/* A process keeps its row under another name. With another start it is another process. */
	memcpy(again.comm, "renamed", 8);
	assert_int_equal(answer_add_process(&a, &again, 3, &i), 0);
	assert_int_equal(i, 0);
	assert_int_equal(a.processes[0].pid, 3);
	assert_string_equal(a.processes[0].id.comm, "one");
	later.start_ns++;
	assert_int_equal(answer_add_process(&a, &later, 10, &i), 0);
	assert_int_equal(i, 1);
	for (uint32_t tgid = 100; tgid < 1100; tgid++) {
		one = actor(tgid, "many");
		assert_int_equal(answer_add_process(&a, &one, tgid, &i), 0);
		assert_int_equal(i, tgid - 98);
	}
	assert_int_equal(a.nr_processes, 1002);
	a.processes[5].cmdline = strdup("x");
	a.processes[5].unit = strdup("x");
	a.processes[5].user = strdup("x");
	a.processes[5].cgroup = strdup("x");
	a.processes[5].container = strdup("x");
}

static void test_holders(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	struct pw_sock s = sock(PW_LISTEN, "0.0.0.0", 80, NULL, 0);
	struct socket *socket = add_socket(&a, &s);

	(void)state;
	assert_int_equal(socket_add_holder(socket, 0, 3), 0);
	assert_int_equal(socket_add_holder(socket, 1, 3), 0);
	assert_int_equal(socket_add_holder(socket, 0, 4), 0);
	assert_int_equal(socket_add_holder(socket, 0, 3), 0);
	assert_int_equal(socket->nr_holders, 2);
	assert_int_equal(socket->holders[0].nr_fds, 2);
	assert_int_equal(socket->holders[0].fds[0], 3);
	assert_int_equal(socket->holders[0].fds[1], 4);
	assert_int_equal(socket->holders[1].process, 1);
	assert_int_equal(socket->holders[1].nr_fds, 1);
}

static bool is_odd(void *arg, const struct answer *a, const struct socket *s)
{
	assert_ptr_equal(arg, a);
	return s->s.lport % 2;
}

static void test_keep(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	struct pw_sock s = sock(PW_LISTEN, "0.0.0.0", 0, NULL, 0);

	(void)state;
	for (s.lport = 1; s.lport <= 100; s.lport++)
		assert_int_equal(socket_add_holder(add_socket(&a, &s), 0, s.lport), 0);
	answer_keep(&a, is_odd, &a);
	assert_int_equal(a.nr_sockets, 50);
	for (size_t i = 0; i < 50; i++) {
		assert_int_equal(a.sockets[i].s.lport, 2 * i + 1);
		assert_int_equal(a.sockets[i].holders[0].fds[0], 2 * i + 1);
	}
	/* A socket added next begins empty. */
	assert_int_equal(answer_add_socket(&a)->nr_holders, 0);
}

/* The rows in the order people get them. */
static const struct {
	uint8_t state, proto;
	uint16_t lport, rport;
	const char *laddr, *raddr;
} ordered[] = {
	{ PW_LISTEN, PW_TCP, 80, 0, "0.0.0.0", NULL },
	{ PW_LISTEN, PW_TCP, 80, 0, "127.0.0.1", NULL },
	{ PW_LISTEN, PW_TCP, 80, 0, "::", NULL },
	{ PW_UNCONN, PW_UDP, 80, 0, "0.0.0.0", NULL },
	{ PW_BOUND, PW_TCP, 80, 0, "0.0.0.0", NULL },
	{ PW_ESTABLISHED, PW_TCP, 80, 900, "10.0.0.1", "10.0.0.2" },
	{ PW_ESTABLISHED, PW_TCP, 80, 901, "10.0.0.1", "10.0.0.2" },
	{ PW_ESTABLISHED, PW_TCP, 80, 1, "10.0.0.1", "10.0.0.3" },
	{ PW_ESTABLISHED, PW_TCP, 80, 1, "::1", "::1" },
	{ PW_ESTABLISHED, PW_UDP, 80, 53, "10.0.0.1", "10.0.0.2" },
	{ PW_NEW_SYN_RECV, PW_TCP, 80, 5, "10.0.0.1", "10.0.0.2" },
	{ PW_CLOSE_WAIT, PW_TCP, 80, 900, "10.0.0.1", "10.0.0.2" },
	{ PW_TIME_WAIT, PW_TCP, 80, 900, "10.0.0.1", "10.0.0.2" },
	{ PW_LISTEN, PW_TCP, 443, 0, "0.0.0.0", NULL },
	{ PW_TIME_WAIT, PW_TCP, 65535, 0, "0.0.0.0", NULL },
};

static void fill_shuffled(struct answer *a)
{
	size_t order[ARRAY_SIZE(ordered)];

	for (size_t i = 0; i < ARRAY_SIZE(ordered); i++)
		order[i] = i;
	for (size_t i = ARRAY_SIZE(ordered) - 1; i > 0; i--) {
		size_t j = (size_t)random() % (i + 1), swap = order[i];

		order[i] = order[j];
		order[j] = swap;
	}
	for (size_t i = 0; i < ARRAY_SIZE(ordered); i++) {
		size_t n = order[i];
		struct pw_sock s = sock(ordered[n].state, ordered[n].laddr, ordered[n].lport,
					ordered[n].raddr, ordered[n].rport);

		s.proto = ordered[n].proto;
		/* Not in the wanted order: addresses break a tie, not this. */
		add_socket(a, &s)->sk = 1000 - n;
		a->sockets[a->nr_sockets - 1].inode = n;
	}
}

static void test_sort(void **state)
{
	(void)state;
	srandom(3);
	for (int round = 0; round < 50; round++) {
		_cleanup_(answer_done) struct answer a = {};

		fill_shuffled(&a);
		answer_sort(&a, false);
		for (size_t i = 0; i < a.nr_sockets; i++)
			assert_int_equal(a.sockets[i].inode, i);
	}
}

static void test_sort_listening_first(void **state)
{
	static const size_t want[] = { 0, 1, 2, 3, 13, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14 };
	_cleanup_(answer_done) struct answer a = {}, empty = {};

	(void)state;
	fill_shuffled(&a);
	answer_sort(&a, true);
	for (size_t i = 0; i < a.nr_sockets; i++)
		assert_int_equal(a.sockets[i].inode, want[i]);
	answer_sort(&empty, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_processes),
		cmocka_unit_test(test_holders),
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_sort),
		cmocka_unit_test(test_sort_listening_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
