// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/answer_sums.h"

#include "unit.h"

static void add(struct answer *a, uint8_t state, size_t times)
{
	struct pw_sock s = sock(state, "127.0.0.1", 8000, NULL, 0);

	while (times--)
		add_socket(a, &s);
}

static void test_sums(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(strbuf_done) struct strbuf out = {};
	struct capture c;
	struct json j;

	(void)state;
	add(&a, PW_TIME_WAIT, 2);
	answer_sums_text(&out, &a);
	assert_string_equal(strbuf_str(&out), "2 sockets: 2 TIME_WAIT\n");
	strbuf_reset(&out);
	/* Servers first; a request has the name of the state that it is in. */
	add(&a, PW_NEW_SYN_RECV, 1);
	add(&a, PW_SYN_RECV, 1);
	add(&a, PW_LISTEN, 3);
	answer_sums_text(&out, &a);
	assert_string_equal(strbuf_str(&out), "7 sockets: 3 LISTEN, 2 SYN_RECV, 2 TIME_WAIT\n");
	capture_init(&c);
	json_init(&j, c.f);
	json_object(&j, NULL);
	answer_sums_json(&j, &a);
	json_end(&j);
	assert_int_equal(json_flush(&j), 0);
	assert_string_equal(capture_text(&c),
			    "{\"states\":{\"LISTEN\":3,\"SYN_RECV\":2,\"TIME_WAIT\":2}}");
	json_done(&j);
	capture_done(&c);
}

/* Every state that a socket can have is counted. */
static void test_every_state(void **state)
{
	(void)state;
	for (int s = 1; s < PW_STATE_MAX; s++) {
		_cleanup_(answer_done) struct answer a = {};
		_cleanup_(strbuf_done) struct strbuf out = {};

		add(&a, (uint8_t)s, 1);
		answer_sums_text(&out, &a);
		assert_row(s, !strncmp(strbuf_str(&out), "1 socket: 1 ", 12));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_every_state),
	};

	return cmocka_run_group_tests_name("answer_sums", tests, NULL, NULL);
}
