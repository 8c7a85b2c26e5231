// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls that the kernel refuses a local port, in a trace. */
#include "live_story.h"

static void test_listen_fails(void **state)
{
	(void)state;
	bind_is_told = true;
	listens = -EADDRINUSE;
	listen_as(SERVER, LISTENER, 3);
	assert_said("bind-failed 8000 listen 98 by 100;");
	arrive(); /* at the other one, of which nothing is known */
	assert_said("state 8000 SYN_RECV>ESTABLISHED;");
	listens = 0;
	listen_as(SERVER, LISTENER, 3);
	assert_said("listen 8000 by 100;");
}

static void test_no_port_for_a_connection(void **state)
{
	struct trace t = trace(TRACE_STATE, CLIENT, ACTIVE);

	(void)state;
	t.lport = 0;
	t.old_state = PW_CLOSE;
	t.new_state = PW_SYN_SENT;
	assert_int_equal(story_tell(&story, &t), 0);
	t.old_state = PW_SYN_SENT;
	t.new_state = PW_CLOSE;
	assert_int_equal(story_tell(&story, &t), 0);
	assert_said(
		"connect 0 by 200;state 0 SYN_SENT>CLOSE by 200;bind-failed 0 connect 99 by 200;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_listen_fails),
		T(test_no_port_for_a_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
