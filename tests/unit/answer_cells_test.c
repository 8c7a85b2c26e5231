// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/answer_cells.h"

#include "show.h"

static const char *name_of_user(uint32_t uid)
{
	return uid == 33 ? "www-data" : NULL;
}

/* Without the right to see a holder, a socket still has the user who made it. */
static void test_unseen(void **state)
{
	struct out_opts opts = { .header = true, .user_name = name_of_user };
	struct pw_sock s = sock(PW_LISTEN, "127.0.0.1", 8000, NULL, 0);
	_cleanup_(answer_done) struct answer a = {};
	struct socket *socket = add_socket(&a, &s);
	struct capture c;

	(void)state;
	socket->has_uid = true;
	socket->uid = 33;
	show_answer(&c, &opts, &a, VIEW_LIST);
	assert_null(strstr(c.text, "www-data")); /* its holders are known: there are none */
	capture_done(&c);
	a.unknown = UNKNOWN_HOLDERS;
	show_answer(&c, &opts, &a, VIEW_LIST);
	assert_non_null(strstr(c.text, "  127.0.0.1:8000  -        www-data  "));
	capture_done(&c);
	socket->uid = 34;
	show_answer(&c, &opts, &a, VIEW_LIST);
	assert_non_null(strstr(c.text, "  127.0.0.1:8000  -        34    "));
	capture_done(&c);
}

/* Where a row is too narrow names are cut, never a number or a count. */
static void test_counts(void **state)
{
	struct out_opts opts = { .width = 80 };
	struct pw_sock s = sock(PW_LISTEN, "127.0.0.1", 5000, NULL, 0);
	_cleanup_(answer_done) struct answer a = {};

	(void)state;
	add_socket(&a, &s);
	for (uint32_t pid = 23734; pid < 23747; pid++)
		add_holder(&a, 0, pid, "gunicorn-worker", 5);
	assert_shown(&opts, &a, VIEW_LIST,
		     "tcp  LISTEN  127.0.0.1:5000  gunicorn-worker[23734] +12  1000\n");
	opts.width = 48;
	assert_shown(&opts, &a, VIEW_LIST, "tcp  LISTEN  127.0.0.1:5000  gunicor…[23734] +12\n");
	opts.width = 38;
	assert_shown(&opts, &a, VIEW_LIST,
		     "LISTEN  127.0.0.1:5000\n    gunicorn-worker[23734] +12\n");
	/* Another program holds it, too. */
	add_holder(&a, 0, 9, "haproxy", 7);
	opts.width = 80;
	assert_shown(&opts, &a, VIEW_LIST,
		     "tcp  LISTEN  127.0.0.1:5000  gunicorn-worker[23734] +12,haproxy[9]  1000\n");
	opts.width = 60;
	assert_shown(&opts, &a, VIEW_LIST,
		     "tcp  LISTEN  127.0.0.1:5000  gunicorn-w…[23734] +12,+1  1000\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unseen),
		cmocka_unit_test(test_counts),
	};

	return cmocka_run_group_tests_name("answer_cells", tests, NULL, NULL);
}
