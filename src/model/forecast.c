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

enum {
	PER_BUCKET = FORECAST_BUCKET_MS / 1000,
	HORIZON = FORECAST_BUCKETS * PER_BUCKET, /* s, until all of today's TIME-WAITs are over */
};

/* TIME-WAITs that stand in the way after so many seconds, of which `ended` of today's are over.
 * With reuse most stand in the way only while they are young. */
static double timewait_at(const struct forecast *f, double seconds, double ended)
{
	double held = !f->reuse ? 1 : f->timewait ? (double)f->held / f->timewait : 0;
	double used = positive(held * (f->timewait - ended)) +
		      come(held * f->rate, seconds, FORECAST_TW_S);

	if (f->reuse)
		used += f->young * positive(1 - seconds / f->delay) +
			come((1 - held) * f->rate, seconds, f->delay);
	return f->ceiling && used > f->ceiling ? f->ceiling : used;
}

/* Return how many of today's TIME-WAITs are over after so many whole seconds. */
static double ended_at(const struct forecast *f, int seconds)
{
	double ended = 0;

	for (int at = 0; at < seconds && at < HORIZON; at++) {
		int bucket = at / PER_BUCKET;

		ended += (double)f->ends[bucket] / PER_BUCKET;
	}
	return ended;
}

/* Ports in use after so many seconds. */
static double used_at(const struct forecast *f, int seconds)
{
	double used = f->fixed + positive(f->live + f->growth * seconds) +
		      timewait_at(f, seconds, ended_at(f, seconds));

	if (f->other)
		used += positive(f->other->live + f->other->growth * seconds) +
			timewait_at(f->other, seconds, ended_at(f->other, seconds));
	return used;
}

/* Return more than the ports that can be in use within the horizon, without a look at each second:
 * nearly all destinations are far from it, and there may be thousands. */
static double at_most(const struct forecast *f)
{
	double used = positive(f->growth) * FORECAST_HORIZON_S + f->live + f->timewait;

	used += f->rate * FORECAST_TW_S;
	return f->fixed + used + (f->other ? at_most(f->other) : 0);
}

double forecast_exhausted(const struct forecast *f)
{
	double growth = f->growth + (f->other ? f->other->growth : 0);
	double used = used_at(f, 0), next, rest;

	if (at_most(f) < f->total)
		return FORECAST_NEVER;
	for (int at = 0; at < HORIZON; at++) {
		if (used >= f->total)
			return at;
		next = used_at(f, at + 1);
		if (next >= f->total)
			return at + (f->total - used) / (next - used);
		used = next;
	}
	/* As many end as begin from here on: only what comes to stay still counts. */
	if (growth <= 0)
		return FORECAST_NEVER;
	rest = HORIZON + (f->total - used) / growth;
	return rest <= FORECAST_HORIZON_S ? rest : FORECAST_NEVER;
}

double forecast_levels(const struct forecast *f)
{
	struct forecast other = f->other ? *f->other : (struct forecast){}, still = *f;

	other.growth = still.growth = 0;
	still.other = &other;
	return used_at(&still, HORIZON);
}
