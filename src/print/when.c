// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/when.h"

#include <string.h>
#include <time.h>

#include "base/num.h"

#define MSEC INT64_C(1000000)
#define SECOND INT64_C(1000000000)

void when_init(struct when *w, int64_t boot_to_real)
{
	*w = (struct when){
		.boot_to_real = boot_to_real,
		.utc_second = -1,
		.local_second = -1,
	};
}

void when_set(struct when *w, int64_t boot_to_real)
{
	int64_t step;

	if (__builtin_sub_overflow(boot_to_real, w->boot_to_real, &step) || step > MSEC ||
	    step < -MSEC)
		when_init(w, boot_to_real);
}

/* An int64_t of nanoseconds ends in 2262, so four digits are enough for a year. */
static int64_t to_real(const struct when *w, uint64_t boot_ns)
{
	int64_t real;

	if (boot_ns > INT64_MAX)
		boot_ns = INT64_MAX;
	if (__builtin_add_overflow((int64_t)boot_ns, w->boot_to_real, &real))
		return INT64_MAX;
	return real < 0 ? 0 : real;
}

static char *put(char *p, uint32_t v, unsigned int digits, char after)
{
	num_format_fixed(v, digits, p);
	p[digits] = after;
	return p + digits + 1;
}

static char *put_time_of_day(char *p, const struct tm *tm)
{
	p = put(p, (uint32_t)tm->tm_hour, 2, ':');
	p = put(p, (uint32_t)tm->tm_min, 2, ':');
	return put(p, (uint32_t)tm->tm_sec, 2, '\0');
}

size_t when_rfc3339(struct when *w, uint64_t boot_ns, char buf[WHEN_RFC3339_LEN])
{
	int64_t real = to_real(w, boot_ns);

	if (real / SECOND != w->utc_second) {
		time_t t = (time_t)(real / SECOND);
		struct tm tm;
		char *p;

		gmtime_r(&t, &tm);
		p = put(w->utc, (uint32_t)tm.tm_year + 1900, 4, '-');
		p = put(p, (uint32_t)tm.tm_mon + 1, 2, '-');
		p = put(p, (uint32_t)tm.tm_mday, 2, 'T');
		put_time_of_day(p, &tm);
		w->utc_second = real / SECOND;
	}
	memcpy(buf, w->utc, 19);
	buf[19] = '.';
	put(buf + 20, (uint32_t)(real % SECOND / 1000), 6, 'Z');
	buf[27] = '\0';
	return 27;
}

size_t when_local(struct when *w, uint64_t boot_ns, char buf[WHEN_LOCAL_LEN])
{
	int64_t real = to_real(w, boot_ns);

	if (real / SECOND != w->local_second) {
		time_t t = (time_t)(real / SECOND);
		struct tm tm;

		localtime_r(&t, &tm);
		put_time_of_day(w->local, &tm);
		w->local_second = real / SECOND;
	}
	memcpy(buf, w->local, 8);
	buf[8] = '.';
	put(buf + 9, (uint32_t)(real % SECOND / 1000), 6, '\0');
	return 15;
}

size_t when_span(uint64_t ns, char buf[WHEN_AGO_LEN])
{
	static const struct {
		uint64_t ns, below;
		const char *name;
	} units[] = {
		{ 1000, 1000, " µs" },	     { 1000000, 1000, " ms" },
		{ SECOND, 120, " s" },	     { 60 * SECOND, 120, " min" },
		{ 3600 * SECOND, 72, " h" }, { 24 * 3600 * SECOND, UINT64_MAX, " d" },
	};
	size_t i = 0, n;
	uint64_t whole;

	while (ns / units[i].ns >= units[i].below)
		i++;
	whole = ns / units[i].ns;
	n = num_format(whole, buf);
	/* Two digits at least: "3.2 s", but "12 s". */
	if (whole > 0 && whole < 10) {
		buf[n++] = '.';
		buf[n++] = (char)('0' + ns % units[i].ns * 10 / units[i].ns);
	}
	return n + (size_t)(stpcpy(buf + n, units[i].name) - (buf + n));
}
