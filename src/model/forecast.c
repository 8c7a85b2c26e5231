// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/forecast.h"

/* Ports in use after so many seconds, of which `ended` of today's TIME-WAITs are over. */
static double used_at(const struct forecast *f, double seconds, double ended)
{
	double window = f->reuse ? 1 : FORECAST_TW_S;
	double fresh = f->rate * (seconds < window ? seconds : window);
	double rest = f->reuse ? (seconds < 1 ? f->young * (1 - seconds) : 0) : f->timewait - ended;

	return f->live + f->growth * seconds + (rest > 0 ? rest : 0) + fresh;
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
