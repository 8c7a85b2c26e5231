// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/churn_users.h"

#include "churn.h"

/* Leave a TIME-WAIT of a process of that number to one destination, or served one client. */
static void leave(struct churn *c, uint16_t lport, uint32_t pid, const char *comm, bool served)
{
	struct pw_actor who = actor(pid, comm);

	if (served)
		add(c, "10.0.0.2", SERVER, "10.0.0.9", lport, PW_SIDE_ACCEPTED, &who, true, 5000);
	else
		add(c, "10.0.0.2", lport, "10.0.0.5", 5432, PW_SIDE_CONNECTED, &who, true, 5000);
}

static const struct churn_user *user(struct churn *c)
{
	return &heaviest_peer(c)->user;
}

static void assert_said(struct churn *c, const char *want)
{
	_cleanup_(strbuf_done) struct strbuf text = {};

	churn_say_user(c, user(c), &text);
	assert_string_equal(strbuf_str(&text), want);
}

/* Short-lived processes have a number each, and one name. */
static void test_by_name(void **state)
{
	struct churn c;

	(void)state;
	churn_init(&c);
	begin_at(&c, 0, 0, 0);
	for (uint16_t i = 0; i < 10; i++)
		leave(&c, 33000 + i, 2000 + i, "one", false);
	for (uint16_t i = 0; i < 4; i++)
		leave(&c, 34000 + i, 77, "daemon", false);
	assert_int_equal(churn_finish(&c), 0);
	assert_int_equal(user(&c)->uses, 10);
	assert_int_equal(user(&c)->of, 14);
	assert_int_equal(user(&c)->processes, 10);
	assert_said(&c, "; most belong to 10 processes named one");
	churn_done(&c);
}

/* "Most" is more than half, also of what nobody is known to have left. */
static void test_share(void **state)
{
	static const struct {
		int known, unknown;
		const char *said;
	} rows[] = {
		{ 3, 0, "; most belong to daemon (pid 77)" },
		{ 3, 2, "; most belong to daemon (pid 77)" },
		{ 3, 3, "; 3 of them belong to daemon (pid 77)" },
		{ 1, 9, "; 1 of them belong to daemon (pid 77)" },
		{ 0, 9, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct churn c;

		churn_init(&c);
		begin_at(&c, 0, 0, 0);
		for (int k = 0; k < rows[i].known; k++)
			leave(&c, (uint16_t)(33000 + k), 77, "daemon", false);
		for (int k = 0; k < rows[i].unknown; k++)
			add(&c, "10.0.0.2", (uint16_t)(34000 + k), "10.0.0.5", 5432,
			    PW_SIDE_CONNECTED, NULL, true, 5000);
		assert_int_equal(churn_finish(&c), 0);
		assert_said(&c, rows[i].said);
		churn_done(&c);
	}
}

/* Tell who served a client, too. A process that has several cells there counts once. */
static void test_served(void **state)
{
	struct churn c;

	(void)state;
	churn_init(&c);
	begin_at(&c, 0, 0, 0);
	for (uint16_t i = 0; i < 3; i++)
		leave(&c, 40000 + i, 80, "nginx", true);
	add(&c, "10.0.0.2", SERVER + 1, "10.0.0.9", 41000, PW_SIDE_ACCEPTED, &web, true, 5000);
	assert_int_equal(churn_finish(&c), 0);
	assert_int_equal(user(&c)->uses, 4);
	assert_int_equal(user(&c)->processes, 1);
	assert_int_equal(user(&c)->tgid, 80);
	/* Of the namespace as a whole as well. */
	assert_int_equal(c.netns[0].user.uses, 4);
	assert_int_equal(c.netns[0].user.of, 4);
	churn_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_name),
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_served),
	};

	web = actor(80, "nginx");
	return cmocka_run_group_tests_name("churn_users", tests, NULL, NULL);
}
