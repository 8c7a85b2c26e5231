// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/blockers.h"

#include "track/query.h"
#include "unit.h"

/* ---- a kernel that says what the test wants -------------------------------------------------- */

static struct {
	uint64_t asked[BLOCKERS_CLOSING + 1]; /* by their sk, in this order */
	size_t nr;
	uint64_t held_sk; /* the socket that has its port still */
	int answer;	  /* about that socket */
} kernel;

static struct tracker *const tracker = (struct tracker *)&kernel;

/* The linker puts it in place of query_holds_port(). */
int __wrap_query_holds_port(struct tracker *t, const struct pw_event *ev);

int __wrap_query_holds_port(struct tracker *t, const struct pw_event *ev)
{
	assert_ptr_equal(t, tracker);
	assert_true(kernel.nr < ARRAY_SIZE(kernel.asked));
	kernel.asked[kernel.nr++] = ev->sk;
	return kernel.held_sk == ev->sk ? kernel.answer : 0;
}

/* ---- builders -------------------------------------------------------------------------------- */

static void add(struct blockers *b, uint64_t sk, uint16_t port)
{
	struct verdict v = { .blocker = sk, .port = port };

	blockers_add(b, &v);
}

static struct pw_event timewait_end(uint64_t sk, uint16_t lport)
{
	return (struct pw_event){ .kind = PW_EV_TIMEWAIT_END, .sk = sk, .lport = lport };
}

static void note_closed(struct blockers *b, uint64_t sk)
{
	struct pw_event ev = { .kind = PW_EV_STATE, .new_state = PW_CLOSE, .sk = sk };

	blockers_note_end(b, &ev);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void test_nobody_concerns(void **state)
{
	static struct blockers b;
	struct pw_event ev = timewait_end(0, 0);

	(void)state;
	assert_false(blockers_concern(&b, &ev));
	assert_false(blockers_are_closing(&b));
	kernel.nr = 0;
	assert_int_equal(blockers_still_hold(&b, tracker), 0);
	assert_int_equal(kernel.nr, 0);
}

/* A socket is known by its sock, whatever the event; TIME-WAIT has none, and ends by its port. */
static void test_which_events_concern(void **state)
{
	static const struct {
		uint8_t kind;
		uint64_t sk;
		uint16_t lport;
		bool concerns;
	} rows[] = {
		{ PW_EV_CLOSE, 7, 8000, true },
		{ PW_EV_STATE, 7, 9, true },
		{ PW_EV_TIMEWAIT_END, 7, 9, true },
		{ PW_EV_CLOSE, 8, 8000, false }, /* another socket of that port */
		{ PW_EV_CLOSE, 0, 8000, false },
		{ PW_EV_TIMEWAIT_END, 0, 8000, false }, /* the port of a socket */
		{ PW_EV_TIMEWAIT_END, 0, 9000, true },
		{ PW_EV_TIMEWAIT_END, 8, 9000, true },
		{ PW_EV_TIMEWAIT_END, 0, 9001, false },
		{ PW_EV_TIMEWAIT, 0, 9000, false },
		{ PW_EV_CLOSE, 0, 9000, false },
		{ PW_EV_CLOSE, 0xffffffff00000007, 8000, false },
		{ PW_EV_CLOSE, 5, 7000, true }, /* the last of them */
	};
	static struct blockers b;

	(void)state;
	add(&b, 7, 8000);
	add(&b, 0, 9000);
	add(&b, 5, 7000);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pw_event ev = { .kind = rows[i].kind,
				       .sk = rows[i].sk,
				       .lport = rows[i].lport };

		assert_row(i, blockers_concern(&b, &ev) == rows[i].concerns);
	}
}

/* Any event may concern blockers that there is no room for, until the next look. */
static void test_more_than_there_is_room_for(void **state)
{
	static struct blockers b;
	struct pw_event ev = timewait_end(0, 1);

	(void)state;
	for (uint64_t i = 0; i < BLOCKERS_MAX; i++)
		add(&b, 100 + i, 8000);
	assert_false(b.overflowed);
	assert_false(blockers_concern(&b, &ev));
	ev.sk = 100 + BLOCKERS_MAX - 1;
	assert_true(blockers_concern(&b, &ev));
	ev.sk = 0;
	add(&b, 99, 8000);
	assert_true(b.overflowed);
	assert_int_equal(b.nr, BLOCKERS_MAX);
	assert_true(blockers_concern(&b, &ev));
	blockers_reset(&b);
	assert_int_equal(b.nr, 0);
	assert_false(blockers_concern(&b, &ev));
}

/* A closed UDP socket, listener or bound socket gives its port back at once, a connection when its
 * state says so. */
static void test_which_events_are_ends(void **state)
{
	static const struct {
		uint8_t kind, proto, new_state;
		bool ends;
	} rows[] = {
		{ PW_EV_STATE, PW_TCP, PW_CLOSE, true },
		{ PW_EV_STATE, PW_TCP, PW_TIME_WAIT, false },
		{ PW_EV_STATE, PW_TCP, PW_CLOSE_WAIT, false },
		{ PW_EV_STATE, PW_TCP, PW_LISTEN, false },
		{ PW_EV_TIMEWAIT, PW_TCP, PW_TIME_WAIT, true },
		{ PW_EV_TIMEWAIT_END, PW_TCP, PW_CLOSE, false },
		{ PW_EV_CLOSE, PW_UDP, PW_UNCONN, true },
		{ PW_EV_CLOSE, PW_UDP, PW_ESTABLISHED, true },
		{ PW_EV_CLOSE, PW_TCP, PW_CLOSE, true },
		{ PW_EV_CLOSE, PW_TCP, PW_LISTEN, true },
		{ PW_EV_CLOSE, PW_TCP, PW_BOUND, true },
		{ PW_EV_CLOSE, PW_TCP, PW_ESTABLISHED, false },
		{ PW_EV_CLOSE, PW_TCP, PW_FIN_WAIT1, false },
		{ PW_EV_BIND, PW_UDP, PW_CLOSE, false },
		{ PW_EV_LISTEN, PW_TCP, PW_LISTEN, false },
		{ PW_EV_ACCEPT, PW_TCP, PW_BOUND, false },
		{ PW_EV_LOST, PW_UDP, PW_CLOSE, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		static struct blockers b;
		struct pw_event ev = { .kind = rows[i].kind,
				       .proto = rows[i].proto,
				       .new_state = rows[i].new_state,
				       .sk = 7 };

		b.nr = b.nr_closing = 0;
		add(&b, 7, 8000);
		blockers_note_end(&b, &ev);
		assert_row(i, blockers_are_closing(&b) == rows[i].ends);
		assert_row(i, b.nr_closing == rows[i].ends);
	}
}

static void test_closing_is_of_a_blocker(void **state)
{
	static struct blockers b;

	(void)state;
	note_closed(&b, 7);
	note_closed(&b, 0); /* a socket whose address is not told is none of TIME-WAIT */
	add(&b, 8, 8000);
	add(&b, 0, 8000);
	assert_false(blockers_are_closing(&b));
	add(&b, 7, 8000);
	assert_true(blockers_are_closing(&b));
	/* Keep what is closing for the next look. */
	blockers_reset(&b);
	assert_false(blockers_are_closing(&b));
	add(&b, 7, 8000);
	assert_true(blockers_are_closing(&b));
}

/* A ring that has lost some cannot say that no blocker was among them. */
static void test_ring_wraps(void **state)
{
	static struct blockers b;

	(void)state;
	add(&b, 1, 8000);
	for (uint64_t sk = 100; sk < 100 + BLOCKERS_CLOSING; sk++)
		note_closed(&b, sk);
	assert_false(blockers_are_closing(&b));
	note_closed(&b, 500);
	assert_true(blockers_are_closing(&b));
	kernel.nr = 0;
	assert_int_equal(blockers_still_hold(&b, tracker), 0);
	assert_int_equal(kernel.nr, BLOCKERS_CLOSING);
	assert_int_equal(kernel.asked[0], 500); /* in place of the first */
	assert_int_equal(kernel.asked[1], 101);
	assert_int_equal(kernel.asked[BLOCKERS_CLOSING - 1], 100 + BLOCKERS_CLOSING - 1);
}

static void test_still_hold(void **state)
{
	static const int answers[] = { 1, -EPERM };
	static struct blockers b;

	(void)state;
	note_closed(&b, 7);
	note_closed(&b, 8);
	note_closed(&b, 9);
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		kernel.nr = 0;
		kernel.held_sk = 8;
		kernel.answer = answers[i];
		assert_row(i, blockers_still_hold(&b, tracker) == answers[i]);
		assert_row(i, kernel.nr == 2);
	}
	kernel.nr = 0;
	kernel.held_sk = 10;
	assert_int_equal(blockers_still_hold(&b, tracker), 0);
	assert_int_equal(kernel.nr, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody_concerns),
		cmocka_unit_test(test_which_events_concern),
		cmocka_unit_test(test_more_than_there_is_room_for),
		cmocka_unit_test(test_which_events_are_ends),
		cmocka_unit_test(test_closing_is_of_a_blocker),
		cmocka_unit_test(test_ring_wraps),
		cmocka_unit_test(test_still_hold),
	};

	return cmocka_run_group_tests_name("blockers", tests, NULL, NULL);
}
