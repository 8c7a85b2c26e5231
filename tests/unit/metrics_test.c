// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/metrics.h"

#include <math.h>

#include "print/metrics_text.h"
#include "unit.h"

static const struct metric_family calls = { .name = "x_calls", .help = "Calls.", .counter = true };
static const struct metric_family age = { .name = "x_age_seconds",
					  .unit = "seconds",
					  .help = "Age." };
static const struct metric_family none = { .name = "x_none", .help = "Nothing." };

static void assert_text(const struct metrics *m, enum metrics_format format, const char *expected)
{
	_cleanup_(strbuf_done) struct strbuf out = {};

	metrics_text(m, format, &out);
	assert_string_equal(strbuf_str(&out), expected);
}

static void both_formats(void **state)
{
	_cleanup_(metrics_done) struct metrics m = {};

	(void)state;
	metrics_family(&m, &calls);
	metrics_label(&m, "how", "well");
	metrics_label_u64(&m, "n", 7);
	metrics_u64(&m, UINT64_MAX);
	metrics_u64(&m, 0);
	metrics_family(&m, &none);
	metrics_family(&m, &age);
	metrics_double(&m, 1795411997.9653);
	assert_int_equal(metrics_error(&m), 0);
	assert_text(&m, METRICS_OPENMETRICS,
		    "# HELP x_calls Calls.\n"
		    "# TYPE x_calls counter\n"
		    "x_calls_total{how=\"well\",n=\"7\"} 18446744073709551615\n"
		    "x_calls_total 0\n"
		    "# HELP x_age_seconds Age.\n"
		    "# TYPE x_age_seconds gauge\n"
		    "# UNIT x_age_seconds seconds\n"
		    "x_age_seconds 1795411997.9653\n"
		    "# EOF\n");
	assert_text(&m, METRICS_PROMETHEUS,
		    "# HELP x_calls_total Calls.\n"
		    "# TYPE x_calls_total counter\n"
		    "x_calls_total{how=\"well\",n=\"7\"} 18446744073709551615\n"
		    "x_calls_total 0\n"
		    "# HELP x_age_seconds Age.\n"
		    "# TYPE x_age_seconds gauge\n"
		    "x_age_seconds 1795411997.9653\n");
	metrics_reset(&m);
	assert_text(&m, METRICS_OPENMETRICS, "# EOF\n");
}

static void hostile_labels(void **state)
{
	static const struct {
		const char *value, *written;
	} rows[] = {
		{ "plain", "plain" },
		{ "a\"b", "a\\\"b" },
		{ "a\\b", "a\\\\x5cb" },
		{ "a\nb 1\n# EOF", "a\\\\x0ab 1\\\\x0a# EOF" },
		{ "\xff\xc0\x80", "\\\\xff\\\\xc0\\\\x80" },
		{ "\x1b[31m", "\\\\x1b[31m" },
		{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
		{ "\xe2\x80\xae", "\\\\u{202e}" },
		{ "{,}= ", "{,}= " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(metrics_done) struct metrics m = {};
		_cleanup_(strbuf_done) struct strbuf out = {}, expected = {};

		metrics_family(&m, &calls);
		metrics_label(&m, "comm", rows[i].value);
		metrics_u64(&m, 1);
		metrics_text(&m, METRICS_PROMETHEUS, &out);
		strbuf_addf(&expected,
			    "# HELP x_calls_total Calls.\n# TYPE x_calls_total counter\n"
			    "x_calls_total{comm=\"%s\"} 1\n",
			    rows[i].written);
		assert_string_equal(strbuf_str(&out), strbuf_str(&expected));
	}
}

static void empty_labels_are_none(void **state)
{
	_cleanup_(metrics_done) struct metrics m = {};

	(void)state;
	metrics_family(&m, &calls);
	metrics_label(&m, "unit", NULL);
	metrics_label(&m, "user", "");
	metrics_u64(&m, 1);
	assert_text(&m, METRICS_PROMETHEUS,
		    "# HELP x_calls_total Calls.\n# TYPE x_calls_total counter\nx_calls_total 1\n");
}

static void numbers(void **state)
{
	static const struct {
		double value;
		const char *text;
	} rows[] = {
		{ 0, "0" },	      { 0.25, "0.25" },	     { 1e-9, "1e-09" }, { -1.5, "-1.5" },
		{ INFINITY, "+Inf" }, { -INFINITY, "-Inf" }, { NAN, "NaN" },	{ 1e21, "1e+21" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(metrics_done) struct metrics m = {};
		_cleanup_(strbuf_done) struct strbuf out = {};
		const char *last;

		metrics_family(&m, &age);
		metrics_double(&m, rows[i].value);
		metrics_text(&m, METRICS_PROMETHEUS, &out);
		last = strrchr(strbuf_str(&out), ' ') + 1;
		assert_row(i, !strncmp(last, rows[i].text, strlen(rows[i].text)) &&
				      last[strlen(rows[i].text)] == '\n');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_formats),
		cmocka_unit_test(hostile_labels),
		cmocka_unit_test(empty_labels_are_none),
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
