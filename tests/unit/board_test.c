// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/board.h"

#include "model/portspec.h"
#include "unit.h"

/* A look: an answer that the board empties. */
static size_t given(struct answer *a, uint8_t state, const char *laddr, uint16_t port,
		    const uint32_t *pids)
{
	struct pw_sock s = sock(state, laddr, port, NULL, 0);
	size_t i = a->nr_sockets;

	s.since_ns = 1000 + i;
	add_socket(a, &s)->sk = 0x1000 + i;
	for (; pids && *pids; pids++)
		add_holder(a, i, *pids, "server", 3);
	return i;
}

#define PIDS(...) ((const uint32_t[]){ __VA_ARGS__, 0 })

static const struct board_row *row(const struct board *b, const char *addr, uint16_t port)
{
	struct board_key key = { .netns = 4026531840, .port = port, .proto = PW_TCP };

	key.addr = address(addr, &key.family);
	return board_find(b, &key);
}

static void test_rows(void **state)
{
	_cleanup_(board_done) struct board b;
	_cleanup_(answer_done) struct answer a = {};

	(void)state;
	board_init(&b);
	given(&a, PW_BOUND, "127.0.0.1", 8000, PIDS(30));
	given(&a, PW_LISTEN, "127.0.0.1", 8000, PIDS(20, 10)); /* SO_REUSEPORT */
	given(&a, PW_LISTEN, "0.0.0.0", 8000, PIDS(10));
	given(&a, PW_ESTABLISHED, "127.0.0.1", 8000, PIDS(40)); /* no row */
	given(&a, PW_LISTEN, "::", 80, NULL);
	assert_int_equal(board_update(&b, &a, NULL), 0);
	assert_int_equal(b.rows.nr, 3);
	assert_int_equal(b.rows.v[0].key.port, 80);
	assert_true(b.rows.v[0].alone);
	assert_int_equal(b.rows.v[0].nr_owners, 0);

	const struct board_row *r = row(&b, "127.0.0.1", 8000);
	assert_int_equal(r->nr_sockets, 2);
	assert_int_equal(r->state, PW_LISTEN);
	assert_false(r->alone);
	assert_int_equal(r->since_ns, 1000);
	assert_int_equal(r->nr_owners, 3);
	assert_int_equal(board_owner(&b, r, 0)->id.tgid, 10);
	assert_int_equal(board_owner(&b, r, 2)->id.tgid, 30);
	assert_int_equal(b.a.nr_processes, 3); /* 40 has only a connection */
}

static void test_partial_look(void **state)
{
	_cleanup_(board_done) struct board b;
	_cleanup_(answer_done) struct answer a = {}, again = {};
	uint64_t ports[PORTSPEC_WORDS] = {};
	struct board_row *r;

	(void)state;
	board_init(&b);
	given(&a, PW_LISTEN, "127.0.0.1", 80, PIDS(10));
	given(&a, PW_LISTEN, "127.0.0.1", 81, PIDS(11));
	given(&a, PW_LISTEN, "127.0.0.1", 82, PIDS(12));
	assert_int_equal(board_update(&b, &a, NULL), 0);
	r = (struct board_row *)row(&b, "127.0.0.1", 81);
	r->conns = 7;
	r->accepted = 3;
	b.info[0].described = true;
	b.a.processes[0].user = strdup("root");

	/* 81 has other holders now, 82 has gone; 80 was not asked about. */
	port_set(ports, 81);
	port_set(ports, 82);
	given(&again, PW_LISTEN, "127.0.0.1", 81, PIDS(21, 22));
	given(&again, PW_LISTEN, "127.0.0.1", 90, PIDS(23)); /* let through, not asked for */
	assert_int_equal(board_update(&b, &again, ports), 0);
	assert_int_equal(b.rows.nr, 2);
	assert_non_null(row(&b, "127.0.0.1", 80));
	assert_null(row(&b, "127.0.0.1", 82));
	assert_null(row(&b, "127.0.0.1", 90));
	r = (struct board_row *)row(&b, "127.0.0.1", 81);
	assert_int_equal(r->nr_owners, 2);
	assert_int_equal(r->conns, 7); /* what it has counted stays */
	assert_int_equal(r->accepted, 3);
	assert_int_equal(b.a.nr_processes, 3);
	assert_true(b.info[0].described);
	assert_string_equal(b.a.processes[0].user, "root");
}

static void test_exec_is_described_again(void **state)
{
	_cleanup_(board_done) struct board b;
	_cleanup_(answer_done) struct answer a = {}, again = {};

	(void)state;
	board_init(&b);
	given(&a, PW_LISTEN, "127.0.0.1", 80, PIDS(10));
	assert_int_equal(board_update(&b, &a, NULL), 0);
	b.info[0].described = true;
	b.a.processes[0].user = strdup("root");
	given(&again, PW_LISTEN, "127.0.0.1", 80, PIDS(10));
	memcpy(again.processes[0].id.comm, "other", 6);
	again.nr_sockets = 1;
	/* The process is still on the board while its sockets are replaced. */
	assert_int_equal(board_update(&b, &again, NULL), 0);
	assert_int_equal(b.a.nr_processes, 1);
	assert_string_equal(b.a.processes[0].id.comm, "other");
	assert_false(b.info[0].described);
	assert_null(b.a.processes[0].user);
}

static void test_takers(void **state)
{
	static const struct {
		const char *to, *taker;
	} cases[] = {
		{ "127.0.0.1", "127.0.0.1" },
		{ "::ffff:127.0.0.1", "127.0.0.1" },
		{ "127.0.0.2", "0.0.0.0" },
		{ "::1", "::" },
	};
	_cleanup_(board_done) struct board b;
	_cleanup_(answer_done) struct answer a = {};

	(void)state;
	board_init(&b);
	given(&a, PW_LISTEN, "127.0.0.1", 80, NULL);
	given(&a, PW_LISTEN, "0.0.0.0", 80, NULL);
	given(&a, PW_LISTEN, "::", 80, NULL);
	given(&a, PW_LISTEN, "::", 81, NULL);
	assert_int_equal(board_update(&b, &a, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct board_key to = { .netns = 4026531840, .port = 80, .proto = PW_TCP };

		to.addr = address(cases[i].to, &to.family);
		assert_row(i, board_taker(&b, &to) == row(&b, cases[i].taker, 80));
	}
	/* A dual-stack socket takes IPv4; another namespace is another world. */
	struct board_key v4 = { .netns = 4026531840, .port = 81, .proto = PW_TCP };
	v4.addr = address("127.0.0.1", &v4.family);
	assert_ptr_equal(board_taker(&b, &v4), row(&b, "::", 81));
	v4.netns = 1;
	assert_null(board_taker(&b, &v4));
}

static void test_rates(void **state)
{
	_cleanup_(board_done) struct board b;
	_cleanup_(answer_done) struct answer a = {};
	struct pw_event ev = event(PW_EV_STATE, "127.0.0.1", 80, "127.0.0.1", 4000);

	(void)state;
	board_init(&b);
	given(&a, PW_LISTEN, "0.0.0.0", 80, NULL);
	assert_int_equal(board_update(&b, &a, NULL), 0);
	for (int i = 0; i < 5; i++)
		board_accepted(&b, &ev);
	ev.lport = 81;
	board_accepted(&b, &ev); /* nobody's */
	board_tick(&b, 2000000000);
	assert_true(b.rows.v[0].accept_rate == 2.5);
	assert_true(b.accept_rate == 2.5);
	board_tick(&b, 2000000000);
	assert_true(b.rows.v[0].accept_rate == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_partial_look),
		cmocka_unit_test(test_exec_is_described_again),
		cmocka_unit_test(test_takers),
		cmocka_unit_test(test_rates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
