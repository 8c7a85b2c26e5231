// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/export_counts.h"

#include "print/metrics_text.h"

#include "export.h"
#include "unit.h"

/* The busiest ports, those of one number by port; how many were left out is told. */
static void accepts(void **state)
{
	static const uint16_t expected[] = { 443, 8080, 65535, 1, 80 };

	(void)state;
	for (uint32_t top = 0; top <= ARRAY_SIZE(expected) + 1; top++) {
		struct export_accepts v[] = {
			{ 0, 80 }, { 7, 65535 }, { UINT64_MAX, 443 }, { 5, 1 }, { 7, 8080 },
		};
		struct export_limits limits = { .top = top };
		_cleanup_(metrics_done) struct metrics m = {};

		export_accepts(v, ARRAY_SIZE(v), &limits, &m);
		assert_int_equal(metrics_error(&m), 0);
		for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
			_cleanup_(strbuf_done) struct strbuf line = {};

			assert_row(i, v[i].port == expected[i]);
			strbuf_addf(&line, "portwatch_accepts_total{port=\"%u\"} %llu", v[i].port,
				    (unsigned long long)v[i].accepted);
			assert_row(i, has(&m, strbuf_str(&line)) == (i < top));
		}
		assert_string_equal(limits.dropped[0].table, "accepts");
		assert_int_equal(limits.dropped[0].rows, top < 5 ? 5 - top : 0);
	}
}

static void no_accepts(void **state)
{
	struct export_limits limits = { .top = 5 };
	_cleanup_(metrics_done) struct metrics m = {};

	(void)state;
	export_accepts(NULL, 0, &limits, &m);
	assert_int_equal(metrics_error(&m), 0);
	assert_int_equal(count(&m, "portwatch_accepts_total{"), 0);
	assert_int_equal(limits.dropped[0].rows, 0);
}

/* Each reason has a counter of its own, at 0 as well. */
static void bind_failures(void **state)
{
	uint64_t stats[PW_STAT_MAX] = {};
	_cleanup_(metrics_done) struct metrics m = {};

	(void)state;
	stats[PW_STAT_BIND_INUSE] = 1;
	stats[PW_STAT_BIND_ACCESS] = 2;
	stats[PW_STAT_BIND_NOADDR] = 3;
	stats[PW_STAT_BIND_OTHER] = UINT64_MAX;
	export_bind_failures(stats, &m);
	assert_true(has(&m, "portwatch_bind_failures_total{reason=\"EADDRINUSE\"} 1"));
	assert_true(has(&m, "portwatch_bind_failures_total{reason=\"EACCES\"} 2"));
	assert_true(has(&m, "portwatch_bind_failures_total{reason=\"EADDRNOTAVAIL\"} 3"));
	assert_true(has(&m, "portwatch_bind_failures_total{reason=\"EINVAL\"} 0"));
	assert_true(
		has(&m, "portwatch_bind_failures_total{reason=\"other\"} 18446744073709551615"));
	assert_int_equal(count(&m, "portwatch_bind_failures_total{"), 5);
}

/* A number that nobody counted is left out, and not told as 0. */
static void timewait(void **state)
{
	(void)state;
	for (int how = 0; how < 4; how++) {
		bool counted = how & 1, ends = how & 2;
		_cleanup_(metrics_done) struct metrics m = {};
		struct churn c = {};

		c.total.current = 11;
		c.query.counted = counted;
		c.query.stats[PW_STAT_TW_ENTERED] = 13;
		c.query.stats[PW_STAT_TW_LEFT] = 14;
		c.query.stats[PW_STAT_TW_REUSED] = 15;
		export_timewait(&c, ends, &m);
		assert_row(how, has(&m, "portwatch_timewait_sockets 11"));
		assert_row(how, has(&m, "portwatch_timewait_entered_total 13") == counted);
		assert_row(how, has(&m, "portwatch_timewait_ended_total 14") == (counted && ends));
		assert_row(how, has(&m, "portwatch_timewait_reused_total 15") == (counted && ends));
		assert_row(how, m.nr_samples == 1u + counted + 2 * (counted && ends));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts),
		cmocka_unit_test(no_accepts),
		cmocka_unit_test(bind_failures),
		cmocka_unit_test(timewait),
	};

	return cmocka_run_group_tests_name("export_counts", tests, NULL, NULL);
}
