// SPDX-License-Identifier: GPL-2.0-or-later
/* Tell what a trace of TCP sockets and system calls means. */
#include "live_story.h"

#include "live/way.h"

static void test_client(void **state)
{
	(void)state;
	changes(ACTIVE, CLIENT, PW_CLOSE, PW_SYN_SENT);
	changes(ACTIVE, 0, PW_SYN_SENT, PW_ESTABLISHED);
	assert_said("connect 40000 by 200;state 40000 SYN_SENT>ESTABLISHED by 200;");
	changes(ACTIVE, CLIENT, PW_ESTABLISHED, PW_FIN_WAIT1);
	assert_said("close 40000 by 200;state 40000 ESTABLISHED>FIN_WAIT1 by 200;");
	changes(ACTIVE, 0, PW_FIN_WAIT1, PW_FIN_WAIT2);
	changes(ACTIVE, 0, PW_FIN_WAIT2, PW_CLOSE);
	ends(ACTIVE, 0);
	assert_said("state 40000 FIN_WAIT1>FIN_WAIT2 by 200;timewait 40000 by 200;");
}

static void test_shutdown_is_no_close(void **state)
{
	(void)state;
	changes(ACTIVE, CLIENT, PW_CLOSE, PW_SYN_SENT);
	calls(TRACE_SHUTDOWN, CLIENT, 3);
	changes(ACTIVE, CLIENT, PW_ESTABLISHED, PW_FIN_WAIT1);
	calls(TRACE_SHUT, CLIENT, 3);
	assert_said("connect 40000 by 200;state 40000 ESTABLISHED>FIN_WAIT1 by 200;");
	ends(ACTIVE, CLIENT);
	assert_said("close 40000 by 200;");
}

static void test_reset_leaves_no_timewait(void **state)
{
	struct trace t = trace(TRACE_RESET, 0, ACTIVE);

	(void)state;
	changes(ACTIVE, CLIENT, PW_CLOSE, PW_SYN_SENT);
	strbuf_reset(&said);
	assert_int_equal(story_tell(&story, &t), 0);
	changes(ACTIVE, 0, PW_FIN_WAIT2, PW_CLOSE);
	assert_said("state 40000 FIN_WAIT2>CLOSE by 200;");
}

static void test_server(void **state)
{
	(void)state;
	listen_as(SERVER, LISTENER, 3);
	assert_said("bind 8000 by 100;listen 8000 by 100;");
	arrive();
	assert_said("state 8000 SYN_RECV>ESTABLISHED by 100?;");
	calls(TRACE_ACCEPT, SERVER, 3);
	calls(TRACE_ACCEPTED, SERVER, 3);
	assert_said("accept 8000 by 100;");
	changes(CHILD, SERVER, PW_CLOSE_WAIT, PW_LAST_ACK);
	assert_said("close 8000 by 100;state 8000 CLOSE_WAIT>LAST_ACK by 100;");
	changes(LISTENER, SERVER, PW_LISTEN, PW_CLOSE);
	ends(LISTENER, SERVER);
	assert_said("state 8000 LISTEN>CLOSE by 100;close 8000 by 100;");
}

static void test_accepted_by_a_child(void **state)
{
	(void)state;
	listen_as(SERVER, LISTENER, 3);
	arrive();
	strbuf_reset(&said);
	calls(TRACE_ACCEPT, 101, 3);
	calls(TRACE_ACCEPTED, 101, 3);
	assert_said("accept 8000 by 101?;"); /* the server could have, too */
}

static void test_accept_elsewhere(void **state)
{
	(void)state;
	listen_as(SERVER, LISTENER, 3);
	arrive();
	strbuf_reset(&said);
	calls(TRACE_ACCEPT, SERVER, 9); /* another socket: AF_UNIX, perhaps */
	calls(TRACE_ACCEPTED, SERVER, 9);
	assert_said("");
}

static void test_nobody_is_guessed(void **state)
{
	(void)state;
	listen_as(SERVER, LISTENER, 3);
	listen_as(101, LISTENER + 8, 4); /* SO_REUSEPORT */
	strbuf_reset(&said);
	arrive();
	assert_said("state 8000 SYN_RECV>ESTABLISHED;");
}

static void test_unaccepted_is_never_closed(void **state)
{
	(void)state;
	listen_as(SERVER, LISTENER, 3);
	arrive();
	strbuf_reset(&said);
	changes(CHILD, SERVER, PW_ESTABLISHED, PW_CLOSE);
	ends(CHILD, SERVER);
	assert_said("state 8000 ESTABLISHED>CLOSE by 100?;");
}

static void test_older_listener(void **state)
{
	struct pw_rec rec = { .inode = 3, .sock = sock(PW_LISTEN, "0.0.0.0", 8000, NULL, 0) };

	(void)state;
	assert_int_equal(story_add_listener(&story, &rec), 0);
	arrive();
	calls(TRACE_ACCEPT, SERVER, 3);
	calls(TRACE_ACCEPTED, SERVER, 3);
	assert_said("state 8000 SYN_RECV>ESTABLISHED by 100?;accept 8000 by 100;");
	changes(LISTENER, SERVER, PW_LISTEN, PW_CLOSE);
	ends(LISTENER, SERVER);
	assert_said("state 8000 LISTEN>CLOSE by 100;close 8000 by 100;");
	ends(CHILD, 0);
	strbuf_reset(&said);
	arrive();
	assert_said("state 8000 SYN_RECV>ESTABLISHED;");
}

static void test_closed_by_the_heir(void **state)
{
	(void)state;
	listen_as(SERVER, LISTENER, 3);
	strbuf_reset(&said);
	server_has_ended = true;
	changes(LISTENER, 101, PW_LISTEN, PW_CLOSE);
	ends(LISTENER, 101);
	assert_said("state 8000 LISTEN>CLOSE by 100;close 8000 by 101;");
}

static void test_bind_is_told_once(void **state)
{
	(void)state;
	bind_is_told = true;
	listen_as(SERVER, LISTENER, 3);
	assert_said("listen 8000 by 100;");
}

static void test_port_not_known(void **state)
{
	struct trace t = trace(TRACE_STATE, SERVER, LISTENER);

	(void)state;
	t.old_state = PW_CLOSE;
	t.new_state = PW_LISTEN;
	t.lport = 0;
	assert_int_equal(story_tell(&story, &t), 0);
	assert_said("");
	assert_true(story.wants_look);
}

/* Rows of ended sockets are used again. */
static void test_many(void **state)
{
	(void)state;
	listen_as(SERVER, LISTENER, 3);
	for (uint64_t i = 0; i < 20000; i++) {
		uint64_t sk = CHILD + i * 64;

		changes(sk, 0, PW_SYN_RECV, PW_ESTABLISHED);
		ends(sk, 0);
	}
	assert_true(story.conns.cap < 8192);
	assert_true(story.unaccepted.nr <= 4096);
	strbuf_reset(&said);
	arrive();
	calls(TRACE_ACCEPT, SERVER, 3);
	calls(TRACE_ACCEPTED, SERVER, 3);
	assert_said("state 8000 SYN_RECV>ESTABLISHED by 100?;accept 8000 by 100;");
}

static void test_filter(void **state)
{
	static const struct pw_event ev = { .kind = PW_EV_LISTEN,
					    .proto = PW_TCP,
					    .family = PW_INET,
					    .lport = 8000,
					    .new_state = PW_LISTEN };
	struct pw_event lost = { .kind = PW_EV_LOST }, unknown = ev;
	struct pw_filter f = {};

	(void)state;
	assert_true(live_wants(&f, &ev));
	f.events = 1u << PW_EV_LISTEN;
	f.proto = PW_TCP;
	f.family = PW_INET;
	f.states = 1u << PW_LISTEN;
	f.want = PW_WANT_PORTS;
	f.ports[8000 / 64] = 1ull << 8000 % 64;
	assert_true(live_wants(&f, &ev));
	f.events = 1u << PW_EV_BIND;
	assert_false(live_wants(&f, &ev));
	assert_true(live_wants(&f, &lost));
	f.events = 0;
	f.family = PW_INET6;
	assert_false(live_wants(&f, &ev));
	f.family = 0;
	f.states = 1u << PW_CLOSE;
	assert_false(live_wants(&f, &ev));
	f.states = 0;
	f.proto = PW_UDP;
	assert_false(live_wants(&f, &ev));
	f.proto = 0;
	f.ports[8000 / 64] = 0;
	assert_false(live_wants(&f, &ev));
	/* A port that is not known yet may turn out to be wanted. */
	unknown.lport = 0;
	assert_true(live_wants(&f, &unknown));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_client),
		T(test_shutdown_is_no_close),
		T(test_reset_leaves_no_timewait),
		T(test_server),
		T(test_accepted_by_a_child),
		T(test_accept_elsewhere),
		T(test_nobody_is_guessed),
		T(test_unaccepted_is_never_closed),
		T(test_older_listener),
		T(test_closed_by_the_heir),
		T(test_bind_is_told_once),
		T(test_port_not_known),
		T(test_many),
		T(test_filter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
