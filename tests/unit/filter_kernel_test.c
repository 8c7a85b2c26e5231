// SPDX-License-Identifier: GPL-2.0-or-later
/* The half of a filter that the kernel side applies. */
#include "filter_system.h"

static void test_listening_events(void **state)
{
	static const struct {
		uint8_t kind, proto, old_state, new_state;
		bool want;
	} rows[] = {
		{ PW_EV_LISTEN, PW_TCP, PW_BOUND, PW_LISTEN, true },
		{ PW_EV_STATE, PW_TCP, PW_LISTEN, PW_CLOSE, true },
		{ PW_EV_CLOSE, PW_TCP, PW_LISTEN, PW_LISTEN, true },
		{ PW_EV_CLOSE, PW_TCP, PW_ESTABLISHED, PW_CLOSE, false },
		{ PW_EV_BIND_FAILED, PW_TCP, 0, 0, true },
		{ PW_EV_BIND, PW_UDP, 0, PW_UNCONN, true },
		{ PW_EV_BIND, PW_TCP, 0, PW_BOUND, false },
		{ PW_EV_ACCEPT, PW_TCP, 0, PW_ESTABLISHED, false },
		{ PW_EV_CLOSE, PW_UDP, PW_UNCONN, 0, true },
	};
	_cleanup_(filter_done) struct filter f = { .listening = true };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pw_event ev = event(rows[i].kind, "0.0.0.0", 80, NULL, 0);
		struct pw_filter k;

		ev.proto = rows[i].proto;
		ev.old_state = rows[i].old_state;
		ev.new_state = rows[i].new_state;
		assert_row(i, filter_match_event(&f, &ev) == rows[i].want);
		/* The kernel must let through the events that the reader wants. */
		filter_to_kernel(&f, &k);
		assert_row(i, !rows[i].want || k.events & 1u << ev.kind);
	}
}

static void test_to_kernel(void **state)
{
	_cleanup_(strbuf_done) struct strbuf why = {};
	struct filter f = {};
	struct pw_filter k;

	(void)state;
	parse(&f, "", &why);
	memset(&k, 0x55, sizeof(k));
	filter_to_kernel(&f, &k);
	assert_int_equal(k.want | k.events | k.states | k.proto | k.family, 0);
	for (size_t i = 0; i < PW_FILTER_PIDS; i++)
		assert_int_equal(k.pids[i], PW_FILTER_NONE);
	filter_done(&f);

	parse(&f,
	      "--port 80/tcp,443/tcp --pid 5,6 --event bind,close --state LISTEN --netns self -6",
	      &why);
	filter_to_kernel(&f, &k);
	assert_int_equal(k.want, PW_WANT_PORTS | PW_WANT_PIDS | PW_WANT_NETNS);
	assert_true(k.ports[80 / 64] >> (80 % 64) & 1);
	assert_true(k.ports[443 / 64] >> (443 % 64) & 1);
	assert_int_equal(k.events, 1u << PW_EV_BIND | 1u << PW_EV_CLOSE);
	assert_int_equal(k.states, 1u << PW_LISTEN);
	assert_int_equal(k.proto, PW_TCP);
	assert_int_equal(k.family, PW_INET6);
	assert_int_equal(k.pids[0], 5);
	assert_int_equal(k.pids[1], 6);
	assert_int_equal(k.pids[2], PW_FILTER_NONE);
	assert_int_equal(k.netns[0], 4026531840);
	assert_int_equal(k.netns[1], PW_FILTER_NONE);
	filter_done(&f);

	/* Both of two is no wish. */
	parse(&f, "--proto tcp,udp -4 -6 --netns self --netns all", &why);
	filter_to_kernel(&f, &k);
	assert_int_equal(k.proto | k.family | k.want, 0);
	filter_done(&f);

	/* More than the kernel side takes: it lets all through. */
	parse(&f, "--pid 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", &why);
	filter_to_kernel(&f, &k);
	assert_int_equal(k.want, 0);
	assert_int_equal(k.pids[0], PW_FILTER_NONE);
	filter_done(&f);
	parse(&f, "--pid 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16", &why);
	filter_to_kernel(&f, &k);
	assert_int_equal(k.want, PW_WANT_PIDS);
	assert_int_equal(k.pids[15], 16);
	filter_done(&f);

	/* --listening and an event it never concerns: not "all events wanted" by accident. */
	parse(&f, "--listening --event accept", &why);
	filter_to_kernel(&f, &k);
	assert_int_equal(k.events, 1u << PW_EV_ACCEPT);
	filter_done(&f);
}

static bool kernel_wants(const struct pw_filter *f, const struct pw_event *e)
{
	bool pid = !(f->want & PW_WANT_PIDS), netns = !(f->want & PW_WANT_NETNS);

	for (size_t i = 0; i < PW_FILTER_PIDS; i++)
		pid |= f->pids[i] == e->actor.tgid;
	for (size_t i = 0; i < PW_FILTER_NETNS; i++)
		netns |= f->netns[i] == e->netns;
	return pid && netns && (!f->events || f->events & 1u << e->kind) &&
	       (!f->proto || f->proto == e->proto) && (!f->family || f->family == e->family) &&
	       (!f->states || f->states & 1u << e->new_state) &&
	       (!(f->want & PW_WANT_PORTS) || !e->lport ||
		f->ports[e->lport / 64] >> (e->lport % 64) & 1);
}

/* Never too little: what the reader would show, the kernel sends. */
static void test_kernel_is_superset(void **state)
{
	static const char *const lines[] = {
		"--port 1-3/tcp",
		"--pid 1,2",
		"--state LISTEN,TIME_WAIT,syn-recv",
		"--event bind,close",
		"--proto udp",
		"-4",
		"-6",
		"--netns self",
		"--listening",
		"--user 1000",
		"--listening --event bind,accept",
		"--port 2/udp --proto tcp",
		"--peer 10.0.0.5",
		"--port 10.0.0.1:2",
		"--pid 1 --port 2 --event state --proto tcp -4",
		"--port !1",
		"--port 1-3,!2",
		"--pid !1",
		"--pid 1,2,!2",
		"--event !state,!accept",
		"--event bind,close,!close",
		"--event !bind,!close --listening",
		"--state !LISTEN,!SYN_RECV",
		"--proto !udp",
		"--netns !self",
		"--comm !y --peer !10.0.0.0/8",
	};

	(void)state;
	srandom(5);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		_cleanup_(filter_done) struct filter f = {};
		_cleanup_(strbuf_done) struct strbuf why = {};
		struct pw_filter k;
		size_t shown = 0;

		assert_int_equal(parse(&f, lines[i], &why), 0);
		filter_to_kernel(&f, &k);
		for (int n = 0; n < 20000; n++) {
			bool v6 = random() % 2;
			struct pw_event ev = event(
				(uint8_t)(1 + random() % (PW_EV_LOST - 1)), v6 ? "::1" : "10.0.0.1",
				(uint16_t)(random() % 5), v6 ? "::2" : "10.0.0.5", 9);

			ev.proto = random() % 2 ? PW_TCP : PW_UDP;
			ev.old_state = (uint8_t)(random() % PW_STATE_MAX);
			ev.new_state = (uint8_t)(random() % PW_STATE_MAX);
			ev.actor = actor((uint32_t)(random() % 4), "x");
			if (random() % 4 == 0)
				ev.netns = 5;
			if (filter_match_event(&f, &ev)) {
				shown++;
				assert_row(i, kernel_wants(&k, &ev));
			}
		}
		/* "2/udp" and "tcp" exclude each other; everything else shows something. */
		assert_row(i, (shown > 0) == (i != 11));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_listening_events),
		cmocka_unit_test(test_to_kernel),
		cmocka_unit_test(test_kernel_is_superset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
