// SPDX-License-Identifier: GPL-2.0-or-later
#include "churn.h"
#include "print/churn_print.h"

static struct pw_actor another;

static void assert_text(const struct churn *c, enum churn_view view, const struct out_opts *opts,
			const char *want)
{
	const struct churn_print_opts how = { .view = view };
	struct capture out;

	capture_init(&out);
	assert_int_equal(churn_text(c, &how, opts, out.f), 0);
	assert_string_equal(capture_text(&out), want);
	capture_done(&out);
}

static void fill(struct churn *c)
{
	churn_init(c);
	begin_at(c, 0, 100, 50);
	assert_int_equal(churn_finish(c), 0);
	begin_at(c, 2, 120, 54);
	count(c, "10.0.0.5", 5432, &worker, 101 * SECOND, 14);
	add(c, "10.0.0.2", SERVER, "10.0.0.9", 40000, PW_SIDE_ACCEPTED, &web, true, 500);
	for (uint16_t i = 0; i < 3; i++)
		add(c, "10.0.0.2", 33000 + i, "10.0.0.5", 5432, PW_SIDE_CONNECTED,
		    i ? &worker : &another, true, 500);
	assert_int_equal(churn_finish(c), 0);
}

/* The age of a look is told when it is no longer what is shown as now. */
static void assert_age(const struct churn *c, uint32_t age_s)
{
	const struct churn_print_opts how = { .view = CHURN_PORTS, .age_s = age_s };
	const struct out_opts opts = { .header = true, .netns = NETNS };
	struct capture out;

	capture_init(&out);
	assert_int_equal(churn_text(c, &how, &opts, out.f), 0);
	assert_row(age_s, !strstr(capture_text(&out), " s ago)  4 TIME-WAIT") == (age_s < 3));
	capture_done(&out);
}

static void test_views(void **state)
{
	const struct out_opts opts = { .header = true, .netns = 1 };
	const struct out_opts here = { .netns = NETNS };
	struct churn c;

	(void)state;
	fill(&c);
	assert_text(&c, CHURN_PORTS, &opts,
		    "00:01:42  4 TIME-WAIT of at most 1000, 10.0 new/s, 2.0 expired/s\n"
		    "\n"
		    "PORT            NETNS  TIME-WAIT  NEW/S\n"
		    "ephemeral  4026531840          3    7.0\n"
		    "8000       4026531840          1    0.0\n");
	assert_text(&c, CHURN_PORTS, &here,
		    "ephemeral  3  7.0\n"
		    "8000       1  0.0\n");
	for (uint32_t age = 1; age < 4; age++)
		assert_age(&c, age);
	heaviest_peer(&c)->exhausted_in = 12;
	assert_text(&c, CHURN_PEERS, &here,
		    "10.0.0.2  10.0.0.5:5432       3  7.0  3 of 28232  12 s  worker ×2\n"
		    "10.0.0.2  10.0.0.9, any port  1  0.0           -     -  nginx[80]\n");
	assert_text(&c, CHURN_PROCESSES, &here,
		    "worker ×2  3  7.0\n"
		    "nginx[80]  1  0.0\n");
	assert_text(&c, CHURN_PIDS, &here,
		    "worker[812]  2  7.0\n"
		    "nginx[80]    1  0.0\n"
		    "worker[813]  1  0.0\n");
	churn_done(&c);
}

/* The sentence above the tables, and those below, which a hostile name cannot break. */
static void test_sentences(void **state)
{
	struct out_opts opts = { .header = true, .netns = NETNS };
	struct churn_query query = { .time_ns = 5 * SECOND, .interval_ns = SECOND };
	struct churn c;

	(void)state;
	churn_init(&c);
	churn_begin(&c, &query);
	assert_int_equal(churn_finish(&c), 0);
	c.total = (struct churn_total){ .current = 7,
					.fin_wait2 = 2,
					.entered_per_s = 1.5,
					.ended_per_s = 0.5,
					.ended_known = true,
					.unattributed = 3 };
	c.warnings = calloc(1, sizeof(*c.warnings));
	c.warnings[c.nr_warnings++] = strdup("of \033[2J");
	assert_text(
		&c, CHURN_PORTS, &opts,
		"00:00:05  7 TIME-WAIT (2 still wait for the peer's FIN), about 1.5 new/s, 0.5 expired/s\n"
		"\n"
		"warning: of \\x1b[2J\n"
		"3 more are attributed to nobody: too many peers for the map of counters (load with a larger --max-timewait)\n");
	churn_done(&c);
}

/* A terminal gets the ten heaviest rows and the number of the others, unless there is only one. */
static void test_most(void **state)
{
	struct out_opts opts = { .netns = NETNS, .width = 80 };
	struct capture out;
	struct churn c;

	(void)state;
	for (uint16_t nr = 11; nr <= 12; nr++) {
		const struct churn_print_opts how = { .view = CHURN_PORTS };

		churn_init(&c);
		begin_at(&c, 0, 0, 0);
		for (uint16_t i = 0; i < nr; i++)
			add(&c, "10.0.0.2", SERVER + i, "10.0.0.9", 40000, PW_SIDE_ACCEPTED, &web,
			    true, 500);
		assert_int_equal(churn_finish(&c), 0);
		for (opts.detailed = false;; opts.detailed = true) {
			capture_init(&out);
			assert_int_equal(churn_text(&c, &how, &opts, out.f), 0);
			capture_text(&out);
			assert_int_equal(!!strstr(out.text, "and 2 more\n"),
					 nr == 12 && !opts.detailed);
			assert_int_equal(!!strstr(out.text, "8010 "), nr == 11 || opts.detailed);
			capture_done(&out);
			if (opts.detailed)
				break;
		}
		churn_done(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_views),
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_most),
	};

	web = actor(80, "nginx");
	worker = actor(812, "worker");
	another = actor(813, "worker");
	return cmocka_run_group_tests_name("churn_text", tests, NULL, NULL);
}
