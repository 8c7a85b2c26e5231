// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/failure_text.h"

#include "unit.h"

static void check(const struct pw_event *ev, const struct event_extra *x, const char *expected)
{
	_cleanup_(strbuf_done) struct strbuf out = {};

	failure_text(&out, ev, x);
	assert_string_equal(strbuf_str(&out), expected);
}

static struct pw_event failure(uint8_t call, int error)
{
	struct pw_event ev = event(PW_EV_BIND_FAILED, "127.0.0.1", 8000, NULL, 0);

	ev.call = call;
	ev.error = error;
	return ev;
}

static void test_calls(void **state)
{
	const struct event_extra none = {}, why = { .reason = "the port is reserved" };
	struct pw_event ev = failure(PW_CALL_BIND, EADDRINUSE);

	(void)state;
	check(&ev, &none, "EADDRINUSE");
	ev = failure(PW_CALL_LISTEN, EADDRINUSE);
	check(&ev, &none, "listen(): EADDRINUSE");
	ev = failure(PW_CALL_CONNECT, EADDRNOTAVAIL);
	check(&ev, &why, "connect(): EADDRNOTAVAIL, the port is reserved");
	ev = failure(PW_CALL_LISTEN, 0);
	check(&ev, &none, "listen(): refused");
}

/* Holders come first, then those who have left it behind. */
static void test_holders(void **state)
{
	const struct event_holder holders[] = {
		{ .actor = actor(812, "nginx"), .state = PW_LISTEN },
		{ .actor = actor(813, "idle"), .state = PW_BOUND },
		{ .actor = actor(9, "old"), .state = PW_FIN_WAIT2, .left = true },
		{ .actor = actor(8, "older"), .state = PW_TIME_WAIT, .left = true },
	};
	struct event_extra x = { .holders_known = true };
	struct pw_event ev = failure(PW_CALL_BIND, EADDRINUSE);

	(void)state;
	check(&ev, &x, "EADDRINUSE, no process holds it");
	x.holders = holders;
	x.nr_holders = ARRAY_SIZE(holders);
	check(&ev, &x,
	      "EADDRINUSE, held by nginx[812], idle[813] (BOUND), left by old[9] (FIN_WAIT2), older[8] (TIME_WAIT)");
	x.holders = holders + 2;
	x.nr_holders = 1;
	check(&ev, &x, "EADDRINUSE, left by old[9] (FIN_WAIT2)");
}

static void test_range(void **state)
{
	struct portuse use = { .first = 40000, .last = 40003, .total = 4, .used = 4 };
	struct event_extra x = { .reason = "no port is left", .range = &use };
	struct pw_event ev = failure(PW_CALL_CONNECT, EADDRNOTAVAIL);

	(void)state;
	check(&ev, &x, "connect(): EADDRNOTAVAIL, no port is left");
	use.by[PORTUSE_BOUND] = 1;
	use.by[PORTUSE_CONNECTED] = 3;
	check(&ev, &x, "connect(): EADDRNOTAVAIL, no port is left (1 bound, 3 connected)");
	use.most[0] = (struct portuse_user){ actor(900, "curl"), 3 };
	use.most[1] = (struct portuse_user){ actor(901, "wget"), 1 };
	use.nr_most = 2;
	check(&ev, &x,
	      "connect(): EADDRNOTAVAIL, no port is left (1 bound, 3 connected; most by curl[900]: 3, wget[901]: 1)");
}

/* Behind other details a comma stands first. */
static void test_behind_others(void **state)
{
	_cleanup_(strbuf_done) struct strbuf out = {};
	struct pw_event ev = failure(PW_CALL_BIND, EACCES);

	(void)state;
	strbuf_adds(&out, "by nginx");
	failure_text(&out, &ev, &(struct event_extra){});
	assert_string_equal(strbuf_str(&out), "by nginx, EACCES");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_holders),
		cmocka_unit_test(test_range),
		cmocka_unit_test(test_behind_others),
	};

	return cmocka_run_group_tests_name("failure_text", tests, NULL, NULL);
}
