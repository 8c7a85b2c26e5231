// SPDX-License-Identifier: GPL-2.0-or-later
#include "churn.h"
#include "print/churn_print.h"

static const char *name_of(uint32_t inode)
{
	return inode == NETNS ? "blue" : NULL;
}

static void assert_json(const struct churn *c, const char *want)
{
	const struct churn_print_opts how = { .view = CHURN_ALL };
	const struct out_opts opts = { .boot_to_real = 1767225600 * (int64_t)SECOND,
				       .netns_name = name_of };
	struct capture out;

	capture_init(&out);
	assert_int_equal(churn_json(c, &how, &opts, out.f), 0);
	assert_string_equal(capture_text(&out), want);
	capture_done(&out);
}

/* Fill in two looks: a port, a destination that runs out of ports, and a warning. */
static void fill(struct churn *c)
{
	churn_init(c);
	begin_at(c, 0, 100, 50);
	assert_int_equal(churn_finish(c), 0);
	begin_at(c, 2, 120, 54);
	count(c, "10.0.0.5", 5432, &worker, 101 * SECOND, 14);
	add(c, "10.0.0.2", SERVER, "10.0.0.9", 40000, PW_SIDE_ACCEPTED, &web, true, 500);
	for (uint16_t i = 0; i < 3; i++)
		add(c, "10.0.0.2", 33000 + i, "10.0.0.5", 5432, PW_SIDE_CONNECTED, &worker, true,
		    500);
	assert_int_equal(churn_finish(c), 0);
	c->total.fin_wait2 = 1;
	c->total.overflowed = 5;
	c->total.unattributed = 6;
	heaviest_peer(c)->exhausted_in = 12.25;
	heaviest_peer(c)->cure = strdup("reuse \"connections\"");
	c->warnings = calloc(1, sizeof(*c->warnings));
	c->warnings[c->nr_warnings++] = strdup("soon");
}

/* With a tracker: its counters, the port that others connect to, and a destination whose ports run
 * out. */
static void test_counted(void **state)
{
	struct churn c;

	(void)state;
	fill(&c);
	assert_json(
		&c,
		"{\"time\":\"2026-01-01T00:01:42.000000Z\",\"interval_s\":2.000,"
		"\"exact\":true,\"total\":{\"current\":4,\"fin_wait2\":1,\"entered_per_s\":10.0,"
		"\"ended_per_s\":2.0,\"max\":1000,\"overflowed\":5},"
		"\"tracker\":{\"entered\":120,\"fin_wait2\":0,\"ended\":54,\"reused\":0,"
		"\"unattributed\":6},\"by_netns\":[{\"netns\":4026531840,"
		"\"netns_name\":\"blue\",\"current\":4,\"max\":1000,\"overflowed\":0,"
		"\"ephemeral_total\":28232,\"ephemeral_bound\":0,\"ephemeral_listening\":0,"
		"\"process\":{\"pid\":812,\"comm\":\"worker\",\"sockets\":3}}],\"by_port\":[{\"netns\":4026531840,"
		"\"netns_name\":\"blue\",\"ephemeral\":true,\"current\":3,"
		"\"entered_per_s\":7.0},{\"netns\":4026531840,\"netns_name\":\"blue\","
		"\"port\":8000,\"current\":1,\"entered_per_s\":0.0}],"
		"\"by_peer\":[{\"netns\":4026531840,\"netns_name\":\"blue\","
		"\"local_addr\":\"10.0.0.2\",\"remote\":{\"addr\":\"10.0.0.5\",\"port\":5432},"
		"\"current\":3,\"entered_per_s\":7.0,\"ephemeral_used\":3,"
		"\"ephemeral_total\":28232,\"ephemeral_levels_at\":420,"
		"\"process\":{\"pid\":812,\"comm\":\"worker\",\"sockets\":3},"
		"\"exhausted_in_s\":12.2,"
		"\"cure\":\"reuse \\\"connections\\\"\"},{\"netns\":4026531840,"
		"\"netns_name\":\"blue\",\"local_addr\":\"10.0.0.2\","
		"\"remote\":{\"addr\":\"10.0.0.9\"},\"current\":1,\"entered_per_s\":0.0,"
		"\"process\":{\"pid\":80,\"comm\":\"nginx\",\"sockets\":1}}],"
		"\"by_process\":[{\"pid\":812,\"comm\":\"worker\",\"current\":3,"
		"\"entered_per_s\":7.0},{\"pid\":80,\"comm\":\"nginx\",\"current\":1,"
		"\"entered_per_s\":0.0}],\"half_closed\":[],\"warnings\":[\"soon\"]}\n");
	churn_done(&c);
}

/* Without a tracker nothing is said of what only a tracker counts. */
static void test_uncounted(void **state)
{
	struct churn_query query = { .time_ns = 5 * SECOND, .interval_ns = SECOND / 2 };
	struct churn c;

	(void)state;
	churn_init(&c);
	churn_begin(&c, &query);
	assert_int_equal(churn_finish(&c), 0);
	assert_json(
		&c,
		"{\"time\":\"2026-01-01T00:00:05.000000Z\",\"interval_s\":0.500,"
		"\"exact\":false,\"total\":{\"current\":0,\"fin_wait2\":0,\"entered_per_s\":0.0,"
		"\"overflowed\":0},\"by_netns\":[],\"by_port\":[],\"by_peer\":[],"
		"\"by_process\":[],\"half_closed\":[],\"warnings\":[]}\n");
	churn_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counted),
		cmocka_unit_test(test_uncounted),
	};

	web = actor(80, "nginx");
	worker = actor(812, "worker");
	return cmocka_run_group_tests_name("churn_json", tests, NULL, NULL);
}
