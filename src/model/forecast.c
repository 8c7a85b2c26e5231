// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/forecast.h"

static double positive(double v)
{
	return v > 0 ? v : 0;
}

/* Return how many stand in the way after `seconds`, if `rate` come each second and each of them
 * stays for `window` seconds. */
static double come(double rate, double seconds, double window)
{
	return rate * (seconds < window ? seconds : window);
}

/* Ports in use after so many seconds, of which `ended` of today's TIME-WAITs are over. With reuse
 * most stand in the way only while they are young. */
static double used_at(const struct forecast *f, double seconds, double ended)
{
	double held = !f->reuse ? 1 : f->timewait ? (double)f->held / f->timewait : 0;
	double used = positive(f->live + f->growth * seconds);

	used += positive(held * (f->timewait - ended)) +
		come(held * f->rate, seconds, FORECAST_TW_S);
	if (f->reuse)
		used += f->young * positive(1 - seconds / f->delay) +
			come((1 - held) * f->rate, seconds, f->delay);
	return used;
}

double forecast_exhausted(const struct forecast *f)
{
	const int per_bucket = FORECAST_BUCKET_MS / 1000;
	double ended = 0, used = used_at(f, 0, 0), next, rest;
	int at, bucket;

	for (at = 0; at < FORECAST_BUCKETS * per_bucket; at++) {
		if (used >= f->total)
			return at;
		bucket = at / per_bucket;
		ended += (double)f->ends[bucket] / per_bucket;
		next = used_at(f, at + 1, ended);
		if (next >= f->total)
			return at + (f->total - used) / (next - used);
		used = next;
	}
	/* As many end as begin from here on: only what comes to stay still counts. */
	if (f->growth <= 0)
		return FORECAST_NEVER;
	rest = at + (f->total - used) / f->growth;
	return rest <= FORECAST_HORIZON_S ? rest : FORECAST_NEVER;
}
