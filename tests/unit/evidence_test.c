// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/evidence.h"

#include "model/verdict.h"
#include "unit.h"

#define HOME 4026531840u

/* Names the pointer of struct evidence that a socket ends up in. */
enum role { NOWHERE, HELD, BOUND, KERNEL, INFLIGHT, ORPHAN, TIMEWAIT, ELSEWHERE };

static enum role role_of(const struct evidence *e)
{
	const struct socket *const all[] = { e->held,	e->bound,    e->kernel,	  e->inflight,
					     e->orphan, e->timewait, e->elsewhere };
	enum role role = NOWHERE;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (!all[i])
			continue;
		assert_int_equal(role, NOWHERE); /* no socket has two */
		role = HELD + i;
	}
	return role;
}

static void test_roles(void **state)
{
	static const struct {
		uint8_t state;
		uint32_t flags;
		bool has_holder, partial, unproven, abroad;
		enum role role;
	} rows[] = {
		{ PW_LISTEN, 0, .has_holder = true, .role = HELD },
		{ PW_ESTABLISHED, 0, .has_holder = true, .role = HELD },
		{ PW_UNCONN, 0, .has_holder = true, .role = HELD },
		{ PW_BOUND, 0, .has_holder = true, .role = BOUND },
		{ PW_LISTEN, PW_F_KERNEL, .role = KERNEL },
		{ PW_ESTABLISHED, PW_F_KERNEL, .role = KERNEL },
		/* Nobody has it, which was proved. */
		{ PW_LISTEN, 0, .role = INFLIGHT },
		{ PW_BOUND, 0, .role = INFLIGHT },
		{ PW_FIN_WAIT1, 0, .role = ORPHAN },
		{ PW_FIN_WAIT2, 0, .role = ORPHAN },
		{ PW_CLOSING, 0, .role = ORPHAN },
		{ PW_LAST_ACK, 0, .role = ORPHAN },
		{ PW_ESTABLISHED, PW_F_RELEASED, .role = ORPHAN },
		/* Nobody was found, which proves nothing. */
		{ PW_LISTEN, 0, .partial = true, .role = HELD },
		{ PW_LISTEN, 0, .unproven = true, .role = HELD },
		{ PW_BOUND, 0, .unproven = true, .role = BOUND },
		{ PW_FIN_WAIT2, 0, .partial = true, .role = HELD },
		{ PW_TIME_WAIT, 0, .role = TIMEWAIT },
		/* In another namespace it is in the way only of those who live there. */
		{ PW_LISTEN, 0, .has_holder = true, .abroad = true, .role = ELSEWHERE },
		{ PW_LISTEN, 0, .abroad = true, .role = ELSEWHERE },
		{ PW_FIN_WAIT2, 0, .has_holder = true, .abroad = true, .role = ELSEWHERE },
		{ PW_FIN_WAIT2, 0, .abroad = true, .role = NOWHERE },
		{ PW_TIME_WAIT, 0, .abroad = true, .role = NOWHERE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(answer_done) struct answer a = {};
		struct pw_sock s = sock(rows[i].state, "127.0.0.1", 8000, NULL, 0);
		struct verdict_facts facts = { .netns = HOME, .partial_view = rows[i].partial };
		struct evidence e = {};

		s.flags = rows[i].flags;
		s.netns = HOME + rows[i].abroad;
		add_socket(&a, &s);
		if (rows[i].has_holder)
			add_holder(&a, 0, 7, "a", 3);
		if (rows[i].unproven)
			a.sockets[0].resolved = RESOLVED_PROC;
		evidence_add(&e, &a.sockets[0], &facts);
		assert_row(i, role_of(&e) == rows[i].role);
	}
}

/* The listener speaks for its connections, in whatever order they come. */
static void test_listener_speaks(void **state)
{
	(void)state;
	for (size_t first = 0; first < 2; first++) {
		_cleanup_(answer_done) struct answer a = {};
		struct pw_sock listener = sock(PW_LISTEN, "127.0.0.1", 8000, NULL, 0);
		struct pw_sock connection =
			sock(PW_ESTABLISHED, "127.0.0.1", 8000, "127.0.0.1", 40000);
		struct verdict_facts facts = { .netns = HOME };
		struct evidence e = {}, abroad = {};

		add_socket(&a, &listener);
		add_socket(&a, &connection);
		add_holder(&a, 0, 7, "a", 3);
		add_holder(&a, 1, 7, "a", 4);
		evidence_add(&e, &a.sockets[first], &facts);
		evidence_add(&e, &a.sockets[!first], &facts);
		assert_ptr_equal(e.held, &a.sockets[0]);
		assert_int_equal(e.nr_connections, 1);

		facts.netns = HOME + 1;
		evidence_add(&abroad, &a.sockets[first], &facts);
		evidence_add(&abroad, &a.sockets[!first], &facts);
		assert_ptr_equal(abroad.elsewhere, &a.sockets[0]);
		assert_int_equal(abroad.nr_connections, 0);
	}
}

/* Of several the last to end counts, and those that SO_REUSEADDR does not help against. */
static void test_timewait(void **state)
{
	static const uint64_t ends[] = { 3000, 59000, 10000 };
	_cleanup_(answer_done) struct answer a = {};
	struct pw_sock s = sock(PW_TIME_WAIT, "127.0.0.1", 8000, "127.0.0.1", 40000);
	struct verdict_facts facts = { .netns = HOME };
	struct evidence e = {};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		s.flags = i ? PW_F_REUSEADDR : 0;
		add_socket(&a, &s)->expires_ms = ends[i];
	}
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		evidence_add(&e, &a.sockets[i], &facts);
	assert_int_equal(e.nr_timewait, 3);
	assert_int_equal(e.nr_not_reusable, 1);
	assert_ptr_equal(e.timewait, &a.sockets[1]);
	assert_int_equal(e.nr_connections, 0);
}

/* A peer that has closed is waited for in vain only by a process. */
static void test_close_wait(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	struct pw_sock s = sock(PW_CLOSE_WAIT, "127.0.0.1", 8000, "127.0.0.1", 40000);
	struct verdict_facts facts = { .netns = HOME };
	struct evidence e = {};

	(void)state;
	add_socket(&a, &s);
	add_socket(&a, &s);
	add_holder(&a, 1, 7, "a", 3);
	evidence_add(&e, &a.sockets[0], &facts);
	evidence_add(&e, &a.sockets[1], &facts);
	assert_int_equal(e.nr_connections, 2);
	assert_int_equal(e.nr_close_wait, 1);
	assert_ptr_equal(e.orphan, &a.sockets[0]);
	assert_ptr_equal(e.held, &a.sockets[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roles),
		cmocka_unit_test(test_listener_speaks),
		cmocka_unit_test(test_timewait),
		cmocka_unit_test(test_close_wait),
	};

	return cmocka_run_group_tests_name("evidence", tests, NULL, NULL);
}
