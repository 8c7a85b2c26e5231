// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/queue.h"

#include "unit.h"

static struct socket listener(uint32_t waiting, uint32_t backlog, uint32_t drops)
{
	struct socket s = { .s = sock(PW_LISTEN, "0.0.0.0", 80, NULL, 0), .has_drops = true };

	s.s.backlog = backlog;
	s.waiting = waiting;
	s.drops = drops;
	return s;
}

static struct socket connection(uint8_t state, uint32_t flags)
{
	struct socket s = { .sk = 1, .s = sock(state, "10.0.0.1", 80, "10.0.0.2", 4000) };

	s.s.flags = flags;
	return s;
}

static void test_has(void **state)
{
	struct socket s = connection(PW_ESTABLISHED, PW_F_RELEASED);

	(void)state;
	assert_true(queue_has(&s));
	/* A process that is not seen may have it. */
	s = connection(PW_ESTABLISHED, 0);
	assert_false(queue_has(&s));
	s = connection(PW_CLOSE_WAIT, PW_F_RELEASED);
	assert_true(queue_has(&s));
	/* Orphans. */
	s = connection(PW_FIN_WAIT1, PW_F_RELEASED);
	assert_false(queue_has(&s));
	s = connection(PW_LAST_ACK, PW_F_RELEASED);
	assert_false(queue_has(&s));
	s = connection(PW_ESTABLISHED, PW_F_RELEASED);
	s.s.proto = PW_UDP;
	assert_false(queue_has(&s));
}

/* The backlog and one connection more have room. */
static void test_room(void **state)
{
	struct socket s = listener(8, 8, 0);

	(void)state;
	assert_false(queue_has_no_room(&s));
	s.waiting = 9;
	assert_true(queue_has_no_room(&s));
	s.lacks = PW_LACKS_BACKLOG;
	assert_false(queue_has_no_room(&s));
	s.lacks = 0;
	s.has_drops = false;
	assert_false(queue_has_no_room(&s));
}

static void test_several(void **state)
{
	struct socket full = listener(9, 8, 12), idle = listener(1, 128, 1);
	struct socket unknown = { .s = sock(PW_LISTEN, "10.0.0.1", 80, NULL, 0) };
	struct socket gone = connection(PW_CLOSE_WAIT, PW_F_RELEASED);
	struct socket waits = connection(PW_ESTABLISHED, PW_F_RELEASED);
	struct queue q = {};

	(void)state;
	assert_false(queue_is_full(&q));
	queue_add(&q, &full);
	queue_add(&q, &gone);
	queue_add(&q, &waits);
	assert_true(queue_is_full(&q));
	assert_int_equal(q.gave_up, 1);
	queue_add(&q, &idle);
	assert_false(queue_is_full(&q));
	assert_int_equal(q.nr, 2);
	assert_int_equal(q.nr_full, 1);
	assert_int_equal(q.waiting, 10);
	assert_int_equal(q.backlog, 136);
	assert_int_equal(q.drops, 13);
	/* Of another one nothing is known: it may have room. */
	q = (struct queue){};
	queue_add(&q, &full);
	queue_add(&q, &unknown);
	assert_false(queue_is_full(&q));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_has),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
