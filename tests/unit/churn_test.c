// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/churn.h"

#include "print/churn_print.h"
#include "churn.h"
#include "unit.h"

/* Between two looks the counters count, also connections that ended at once. A counter that was
 * pushed out begins anew. A number that no counter has is stated. */
static void test_counters(void **state)
{
	struct churn c;

	(void)state;
	churn_init(&c);
	begin_at(&c, 0, 1000, 900);
	count(&c, "10.0.0.5", 5432, &worker, 1, 700);
	count(&c, "10.0.0.6", 5432, &worker, 2, 300);
	churn_counted(&c, 1010); /* ten more meanwhile */
	add(&c, "10.0.0.2", 33000, "10.0.0.5", 5432, PW_SIDE_CONNECTED, &worker, true, 500);
	assert_int_equal(churn_finish(&c), 0);
	assert_int_equal(c.total.entered, 1);

	begin_at(&c, 2, 1500, 1300);
	count(&c, "10.0.0.5", 5432, &worker, 1, 1100);
	count(&c, "10.0.0.6", 5432, &worker, 77, 60); /* pushed out meanwhile */
	churn_counted(&c, 1500);
	add(&c, "10.0.0.2", 33000, "10.0.0.5", 5432, PW_SIDE_CONNECTED, &worker, true, 500);
	assert_int_equal(churn_finish(&c), 0);
	assert_int_equal(c.total.entered, 500);
	assert_true(c.total.entered_per_s == 250);
	assert_true(c.total.ended_per_s == 200);
	assert_int_equal(c.total.unattributed, 30);
	assert_int_equal(heaviest_peer(&c)->entered, 400);
	assert_true(heaviest_peer(&c)->rate == 200);

	begin_at(&c, 4, 1500, 1300);
	count(&c, "10.0.0.5", 5432, &worker, 1, 1105); /* after the sum was read */
	count(&c, "10.0.0.6", 5432, &worker, 77, 60);
	churn_counted(&c, 1505);
	assert_int_equal(churn_finish(&c), 0);
	assert_int_equal(c.total.unattributed, 0);

	begin_at(&c, 6, 1530, 1300);
	count(&c, "10.0.0.5", 5432, &worker, 1, 1110);
	count(&c, "10.0.0.6", 5432, &worker, 77, 60);
	churn_counted(&c, 1530);
	assert_int_equal(churn_finish(&c), 0);
	assert_int_equal(c.total.unattributed, 20);
	churn_done(&c);
}

/* Two sockets that began within the interval, and a counter that has grown by more. */
static uint64_t second_look(bool counted, bool lports)
{
	struct churn c;
	uint64_t entered;

	churn_init(&c);
	for (int i = 0; i < 2; i++) {
		struct churn_query look = {
			.time_ns = (100 + 2 * i) * SECOND,
			.interval_ns = 2 * SECOND,
			.counted = counted,
			.filtered = true,
			.lports = lports,
		};
		struct churn_netns n = { .inode = NETNS };

		churn_begin(&c, &look);
		if (counted)
			count(&c, "10.0.0.5", 5432, &worker, 1, 700 + 5 * i);
		assert_int_equal(churn_add_netns(&c, &n), 0);
		for (int k = 0; k < 3; k++)
			add(&c, "10.0.0.2", 33000 + k, "10.0.0.5", 5432, PW_SIDE_CONNECTED, &worker,
			    true, k * 1500);
		assert_int_equal(churn_finish(&c), 0);
	}
	entered = c.total.entered;
	churn_done(&c);
	return entered;
}

/* Where no counter has what is asked for, the ages of the sockets give the rate: without a tracker,
 * and by a port that the kernel chose. */
static void test_by_age(void **state)
{
	(void)state;
	assert_int_equal(second_look(true, false), 5);
	assert_int_equal(second_look(false, false), 2);
	assert_int_equal(second_look(true, true), 5 + 2); /* the unit's counter is always wanted */
}

/* Without hooks for the end, what is there and what was there tell. */
static void test_inferred_end(void **state)
{
	struct churn_query look = { .time_ns = SECOND, .interval_ns = SECOND, .counted = true };
	struct churn_netns n = { .inode = NETNS };
	struct churn c;

	(void)state;
	churn_init(&c);
	for (int i = 0; i < 2; i++) {
		churn_begin(&c, &look);
		assert_int_equal(churn_add_netns(&c, &n), 0);
		for (int k = 0; k < (i ? 3 : 5); k++)
			add(&c, "10.0.0.2", SERVER, "10.0.0.9", 40000 + k, PW_SIDE_ACCEPTED, &web,
			    true, 9000);
		assert_int_equal(churn_finish(&c), 0);
		look.time_ns += SECOND;
		look.stats[PW_STAT_TW_ENTERED] += 4;
	}
	assert_true(c.total.entered_per_s == 4);
	assert_true(c.total.ended_per_s == 6);
	churn_done(&c);
}

static char *printed(struct churn *c, bool json)
{
	struct out_opts opts = { .json = json, .header = true, .netns = NETNS };
	struct churn_print_opts how = { .view = CHURN_ALL };
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	assert_int_equal(json ? churn_json(c, &how, &opts, f) : churn_text(c, &how, &opts, f), 0);
	fclose(f);
	return text;
}

static void fill(struct churn *c, const struct pw_actor *evil)
{
	churn_init(c);
	begin_at(c, 0, 12, 3);
	add(c, "10.0.0.2", SERVER, "10.0.0.9", 40000, PW_SIDE_ACCEPTED, evil, true, 500);
	add(c, "10.0.0.2", 33000, "10.0.0.5", 5432, PW_SIDE_CONNECTED, &worker, true, 5000);
	assert_int_equal(churn_finish(c), 0);
}

static void test_output(void **state)
{
	_cleanup_free_ char *json = NULL;
	struct pw_actor evil = actor(7, "a\033]b");
	struct churn c;

	(void)state;
	fill(&c, &evil);
	json = printed(&c, true);
	assert_string_equal(
		json,
		"{\"time\":\"1970-01-01T00:01:40.000000Z\",\"interval_s\":2.000,\"exact\":true,"
		"\"total\":{\"current\":2,\"fin_wait2\":0,\"entered_per_s\":0.5,\"max\":1000,"
		"\"overflowed\":0},\"tracker\":{\"entered\":12,\"fin_wait2\":0,\"ended\":3,"
		"\"reused\":0,\"unattributed\":0},"
		"\"by_netns\":[{\"netns\":4026531840,\"current\":2,\"max\":1000,\"overflowed\":0,"
		"\"ephemeral_total\":28232,\"ephemeral_bound\":0,\"ephemeral_listening\":0,"
		"\"process\":{\"pid\":7,\"comm\":\"a\\u001b]b\",\"sockets\":1}}],"
		"\"by_port\":[{\"netns\":4026531840,\"port\":8000,\"current\":1,"
		"\"entered_per_s\":0.5},{\"netns\":4026531840,\"ephemeral\":true,\"current\":1,"
		"\"entered_per_s\":0.0}],"
		"\"by_peer\":[{\"netns\":4026531840,\"local_addr\":\"10.0.0.2\",\"remote\":{"
		"\"addr\":\"10.0.0.9\"},\"current\":1,\"entered_per_s\":0.5,\"process\":{"
		"\"pid\":7,\"comm\":\"a\\u001b]b\",\"sockets\":1}},"
		"{\"netns\":4026531840,\"local_addr\":\"10.0.0.2\",\"remote\":{\"addr\":"
		"\"10.0.0.5\",\"port\":5432},\"current\":1,\"entered_per_s\":0.0,"
		"\"ephemeral_used\":1,\"ephemeral_total\":28232,"
		"\"ephemeral_levels_at\":0,\"process\":{\"pid\":812,"
		"\"comm\":\"worker\",\"sockets\":1}}],"
		"\"by_process\":[{\"pid\":7,\"comm\":\"a\\u001b]b\",\"current\":1,"
		"\"entered_per_s\":0.5},{\"pid\":812,\"comm\":\"worker\",\"current\":1,"
		"\"entered_per_s\":0.0}],\"half_closed\":[],\"warnings\":[]}\n");
	churn_done(&c);
}

static void test_text(void **state)
{
	_cleanup_free_ char *text = NULL;
	struct pw_actor evil = actor(7, "a\033]b");
	struct churn c;

	(void)state;
	fill(&c, &evil);
	text = printed(&c, false);
	assert_non_null(strstr(text, "2 TIME-WAIT of at most 1000, 0.5 new/s\n"));
	assert_non_null(
		strstr(text, "\n8000               1    0.5\nephemeral          1    0.0\n"));
	assert_non_null(strstr(text, "10.0.0.2  10.0.0.5:5432               1    0.0  1 of 28232  "
				     "worker[812]\n"));
	assert_non_null(strstr(text, "\na\\x1b]b[7]"));
	churn_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counters),     cmocka_unit_test(test_by_age),
		cmocka_unit_test(test_inferred_end), cmocka_unit_test(test_output),
		cmocka_unit_test(test_text),
	};

	web = actor(80, "nginx");
	worker = actor(812, "worker");
	return cmocka_run_group_tests_name("churn", tests, NULL, NULL);
}
