// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/churn_half.h"

#include "churn.h"

static void note(struct churn *c, uint16_t lport, uint8_t state, enum pw_side side,
		 const struct pw_actor *who, bool timewait)
{
	struct pw_churn_rec rec = {
		.pair = { .lport = lport, .netns = NETNS },
		.state = state,
		.timewait = timewait,
		.tgid = who ? who->tgid : 0,
		.start_ns = who ? who->start_ns : 0,
	};

	if (who)
		assert_int_equal(churn_add_process(c, who), 0);
	assert_int_equal(churn_note_half(c, &rec, side), 0);
}

static void test_rows(void **state)
{
	struct pw_actor second = actor(81, "nginx");
	struct churn_half **v;
	struct churn c;
	size_t nr;

	(void)state;
	churn_init(&c);
	begin_at(&c, 0, 0, 0);
	/* Neither is left open by one side: an open connection, and TIME-WAIT's small structure. */
	note(&c, 80, PW_ESTABLISHED, PW_SIDE_ACCEPTED, &web, false);
	note(&c, 80, PW_FIN_WAIT2, PW_SIDE_ACCEPTED, &web, true);
	note(&c, 40000, PW_FIN_WAIT2, PW_SIDE_CONNECTED, NULL, false);
	note(&c, 80, PW_CLOSE_WAIT, PW_SIDE_ACCEPTED, &web, false);
	note(&c, 80, PW_CLOSE_WAIT, PW_SIDE_ACCEPTED, &second, false);
	note(&c, 80, PW_CLOSE_WAIT, PW_SIDE_ACCEPTED, &web, false);
	for (uint16_t i = 0; i < 2; i++)
		note(&c, 40001 + i, PW_CLOSE_WAIT, PW_SIDE_CONNECTED, &worker, false);
	v = churn_sort_half(&c, &nr);
	assert_int_equal(nr, 3);
	assert_int_equal(v[0]->current, 3);
	assert_string_equal(v[0]->key.comm, "nginx");
	assert_int_equal(v[0]->key.port, 80);
	assert_true(v[0]->several);
	assert_int_equal(v[1]->current, 2);
	assert_int_equal(v[1]->key.port, 0);
	assert_int_equal(v[1]->tgid, worker.tgid);
	assert_false(v[1]->several);
	assert_int_equal(v[2]->key.state, PW_FIN_WAIT2);
	assert_string_equal(v[2]->key.comm, "");
	free(v);
	/* The next look begins anew. */
	begin_at(&c, 2, 0, 0);
	assert_int_equal(c.half.nr, 0);
	churn_done(&c);
}

/* A socket that a filter hides is not counted. */
static void test_filtered(void **state)
{
	struct pw_churn_rec rec = {
		.pair = { .lport = 80, .netns = NETNS },
		.state = PW_CLOSE_WAIT,
		.side = PW_SIDE_ACCEPTED,
		.family = PW_INET,
	};
	struct churn_socket s = { &rec, -1, -1 };
	struct churn c;

	(void)state;
	churn_init(&c);
	begin_at(&c, 0, 0, 0);
	assert_int_equal(churn_add_socket(&c, &s, false), 0);
	assert_int_equal(c.half.nr, 0);
	assert_int_equal(churn_add_socket(&c, &s, true), 0);
	assert_int_equal(c.half.nr, 1);
	churn_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_filtered),
	};

	web = actor(80, "nginx");
	worker = actor(812, "worker");
	return cmocka_run_group_tests_name("churn_half", tests, NULL, NULL);
}
