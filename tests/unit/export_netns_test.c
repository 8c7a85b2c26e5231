// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/export_counts.h"
#include "print/metrics_text.h"

#include "export.h"

static const char *name_of(uint32_t inode)
{
	return inode == 7 ? "client" : NULL;
}

static void fill(struct churn *c, struct churn_netns *v)
{
	v[0] = (struct churn_netns){ .inode = SELF, .current = 5, .max = 100 };
	v[1] = (struct churn_netns){ .inode = 7, .current = 90, .max = 90, .overflowed = 4 };
	v[2] = (struct churn_netns){ .inode = 8, .current = 6 };
	c->netns = v;
	c->nr_netns = 3;
	c->netns_name = name_of;
}

/* Each namespace has its own number and limit, and the fullest stay when rows are limited. */
static void by_namespace(void **state)
{
	struct churn_netns v[3];
	struct churn c = {};

	(void)state;
	fill(&c, v);
	for (uint32_t top = 2; top <= 3; top++) {
		struct export_limits limits = { .top = top, .self = SELF };
		_cleanup_(metrics_done) struct metrics m = {};

		assert_int_equal(export_netns(&c, &limits, &m), 0);
		export_dropped(&limits, &m);
		assert_true(has(&m, "portwatch_netns_timewait_sockets{netns=\"7\"} 90"));
		assert_true(has(&m, "portwatch_netns_timewait_limit{netns=\"7\"} 90"));
		assert_true(has(&m, "portwatch_netns_timewait_overflows_total{netns=\"7\"} 4"));
		assert_true(has(&m, "portwatch_netns_info{netns=\"7\",name=\"client\"} 1"));
		/* A limit that is not known is absent. */
		assert_true(has(&m, "portwatch_netns_timewait_sockets{netns=\"8\"} 6"));
		assert_int_equal(count(&m, "portwatch_netns_timewait_limit{netns=\"8\""), 0);
		assert_row(top, has(&m, "portwatch_netns_timewait_sockets{netns=\"self\"} 5") ==
					(top == 3));
		assert_row(top, has(&m, "portwatch_dropped_rows{table=\"netns\"} 1") == (top == 2));
	}
}

static void no_names(void **state)
{
	struct export_limits limits = { .top = 3, .self = SELF, .nameless = true };
	_cleanup_(metrics_done) struct metrics m = {};
	struct churn_netns v[3];
	struct churn c = {};

	(void)state;
	fill(&c, v);
	assert_int_equal(export_netns(&c, &limits, &m), 0);
	assert_int_equal(count(&m, "client"), 0);
	assert_int_equal(count(&m, "portwatch_netns_timewait_sockets{"), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_namespace),
		cmocka_unit_test(no_names),
	};

	return cmocka_run_group_tests_name("export_netns", tests, NULL, NULL);
}
