// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/forecast.h"

#include "unit.h"

/* So many TIME-WAITs, which began at a constant rate within the last minute. */
static void spread(struct forecast *f, uint32_t timewait)
{
	f->timewait = timewait;
	for (int i = 0; i < 30; i++)
		f->ends[i] = timewait / 30;
}

static void near(double got, double want, double tolerance)
{
	if (got < want - tolerance || got > want + tolerance)
		fail_msg("%.2f, not %.2f", got, want);
}

/* Nothing ends within the first minute of a load, so the ports go at the full rate. */
static void test_from_nothing(void **state)
{
	struct forecast f = { .total = 28232, .rate = 500 };

	(void)state;
	near(forecast_exhausted(&f), 28232 / 500.0, 0.01);
	f.live = 8232;
	near(forecast_exhausted(&f), 20000 / 500.0, 0.01);
	f.rate = 0;
	near(forecast_exhausted(&f), FORECAST_NEVER, 0);
}

/* 470 a second times 60 s is just what there is: below it never, above it before the minute is
 * over. */
static void test_threshold(void **state)
{
	struct forecast f = { .total = 28232, .rate = 470 };

	(void)state;
	near(forecast_exhausted(&f), FORECAST_NEVER, 0);
	f.rate = 471;
	near(forecast_exhausted(&f), 59.9, 0.1);
}

/* At rest as many end as begin. */
static void test_steady(void **state)
{
	struct forecast f = { .total = 28232, .rate = 400 };

	(void)state;
	spread(&f, 24000);
	near(forecast_exhausted(&f), FORECAST_NEVER, 0);
	f.rate = 500; /* grows by 100 a second from 24000 on */
	near(forecast_exhausted(&f), 42.3, 0.1);
}

/* A burst that is over soon makes room. */
static void test_burst_ends(void **state)
{
	struct forecast f = { .total = 10000, .timewait = 9000, .rate = 150 };

	(void)state;
	f.ends[0] = 9000;
	near(forecast_exhausted(&f), FORECAST_NEVER, 0);
	memset(f.ends, 0, sizeof(f.ends));
	f.ends[29] = 9000;
	near(forecast_exhausted(&f), 1000 / 150.0, 0.01);
}

static void test_now(void **state)
{
	struct forecast f = { .total = 100, .live = 30, .timewait = 70 };

	(void)state;
	near(forecast_exhausted(&f), 0, 0);
	f.total = 0;
	near(forecast_exhausted(&f), 0, 0);
}

/* Connections that come to stay fill the range without any TIME-WAIT. */
static void test_growth(void **state)
{
	struct forecast f = { .total = 28232, .live = 28000, .growth = 10 };

	(void)state;
	near(forecast_exhausted(&f), 23.2, 0.01);
	f.live = 8232;
	near(forecast_exhausted(&f), 2000, 0.01);
	f.growth = 1;
	near(forecast_exhausted(&f), FORECAST_NEVER, 0); /* in five hours is no forecast */
}

/* Fewer connections than none there never are. */
static void test_shrinking(void **state)
{
	struct forecast f = { .total = 28232, .live = 100, .growth = -50, .rate = 500 };

	(void)state;
	spread(&f, 24000);
	near(forecast_exhausted(&f), 42.3, 0.1);
}

/* With tcp_tw_reuse only the last second's count. */
static void test_reuse(void **state)
{
	struct forecast f = {
		.total = 28232, .timewait = 28232, .rate = 10000, .reuse = true, .delay = 1
	};

	(void)state;
	near(forecast_exhausted(&f), FORECAST_NEVER, 0);
	f.rate = 30000;
	near(forecast_exhausted(&f), 0.94, 0.1);
	f.rate = 100;
	f.live = 28200;
	near(forecast_exhausted(&f), 0.32, 0.01);
}

/* A delay of its own, and FIN_WAIT2 that nobody may take. */
static void test_reuse_limits(void **state)
{
	struct forecast f = { .total = 28232, .rate = 1000, .reuse = true, .delay = 60 };

	(void)state;
	near(forecast_exhausted(&f), 28.2, 0.1);
	f.delay = 0.1;
	f.rate = 100000;
	near(forecast_exhausted(&f), FORECAST_NEVER, 0);
	f = (struct forecast){
		.total = 1000, .timewait = 600, .held = 600, .rate = 100, .reuse = true, .delay = 1
	};
	f.ends[29] = 600;
	near(forecast_exhausted(&f), 4, 0.1);
	f.held = 0;
	near(forecast_exhausted(&f), FORECAST_NEVER, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_from_nothing), cmocka_unit_test(test_threshold),
		cmocka_unit_test(test_steady),	     cmocka_unit_test(test_burst_ends),
		cmocka_unit_test(test_now),	     cmocka_unit_test(test_growth),
		cmocka_unit_test(test_reuse),	     cmocka_unit_test(test_shrinking),
		cmocka_unit_test(test_reuse_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
