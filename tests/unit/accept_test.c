// SPDX-License-Identifier: GPL-2.0-or-later
#include "http/accept.h"

#include "unit.h"

static void only_who_names_openmetrics_gets_it(void **state)
{
	static const struct {
		const char *header;
		bool openmetrics;
	} rows[] = {
		{ NULL, false },
		{ "", false },
		{ "*/*", false },
		{ "text/html, */*;q=0.8", false },
		{ "application/openmetrics-text", true },
		{ "application/openmetrics-text;version=1.0.0", true },
		{ "Application/OpenMetrics-Text; Version=\"1.0.0\"; charset=utf-8", true },
		{ "application/openmetrics-text;version=0.0.1", false },
		{ "application/openmetrics-text;version=2.0.0,*/*", false },
		/* Prometheus 2.42 and 2.5 */
		{ "application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
		  "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		  true },
		{ "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,"
		  "*/*;q=0.1",
		  false },
		{ "text/plain;q=0.9,application/openmetrics-text;q=0.5", false },
		{ "text/*;q=0.2,application/openmetrics-text;q=0.5", true },
		{ "application/openmetrics-text;q=0", false },
		{ "application/openmetrics-text;q=0.0", false },
		{ "application/openmetrics-text;q=high", false },
		{ "application/openmetrics-text;q=2", false },
		{ "application/openmetrics-textual", false },
		{ ",;,;=;,,", false },
		{ "application/openmetrics-text;;;", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_row(i, accept_openmetrics(rows[i].header) == rows[i].openmetrics);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_who_names_openmetrics_gets_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
