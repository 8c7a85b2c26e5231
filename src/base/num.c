// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/num.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

int num_parse_span(const char *s, size_t len, uint64_t min, uint64_t max, uint64_t *ret)
{
	bool too_big = false;
	uint64_t v = 0;
	size_t i;

	if (len == 0)
		return -EINVAL;

	for (i = 0; i < len; i++) {
		unsigned int digit = (unsigned char)s[i] - (unsigned int)'0';

		/* Read on after an overflow: junk at the end is still junk. */
		if (digit > 9)
			return -EINVAL;
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, digit, &v))
			too_big = true;
	}
	if (too_big || v < min || v > max)
		return -ERANGE;

	*ret = v;
	return 0;
}

int num_parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret)
{
	return num_parse_span(s, strlen(s), min, max, ret);
}

int num_parse_u32(const char *s, uint32_t min, uint32_t max, uint32_t *ret)
{
	uint64_t v;
	int r;

	r = num_parse_span(s, strlen(s), min, max, &v);
	if (r < 0)
		return r;
	*ret = (uint32_t)v;
	return 0;
}

int num_parse_u16(const char *s, uint16_t min, uint16_t max, uint16_t *ret)
{
	uint64_t v;
	int r;

	r = num_parse_span(s, strlen(s), min, max, &v);
	if (r < 0)
		return r;
	*ret = (uint16_t)v;
	return 0;
}

static int unit_factor(const char *s, double *ret)
{
	static const struct {
		const char *name;
		double factor;
	} units[] = { { "", 1 }, { "ms", 1e-3 }, { "s", 1 }, { "m", 60 }, { "h", 3600 } };
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(s, units[i].name) == 0) {
			*ret = units[i].factor;
			return 0;
		}
	}
	return -EINVAL;
}

int num_parse_seconds(const char *s, double min, double max, double *ret)
{
	size_t whole_len, fraction_len = 0, i;
	uint64_t whole = 0, fraction = 0;
	const char *rest;
	double factor, v;
	int r;

	whole_len = strspn(s, "0123456789");
	rest = s + whole_len;
	if (*rest == '.') {
		fraction_len = strspn(rest + 1, "0123456789");
		if (fraction_len == 0 || fraction_len > 9)
			return -EINVAL;
		r = num_parse_span(rest + 1, fraction_len, 0, UINT64_MAX, &fraction);
		if (r < 0)
			return r;
		rest += 1 + fraction_len;
	}
	if (whole_len + fraction_len == 0)
		return -EINVAL;
	r = unit_factor(rest, &factor);
	if (r < 0)
		return r;
	if (whole_len) {
		r = num_parse_span(s, whole_len, 0, UINT64_MAX, &whole);
		if (r < 0)
			return r;
	}

	v = (double)fraction;
	for (i = 0; i < fraction_len; i++)
		v /= 10;
	v = ((double)whole + v) * factor;
	if (!(v >= min && v <= max))
		return -ERANGE;

	*ret = v;
	return 0;
}

size_t num_format(uint64_t v, char *p)
{
	char digits[NUM_LEN];
	size_t n = 0, i;

	do {
		digits[n++] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	for (i = 0; i < n; i++)
		p[i] = digits[n - 1 - i];
	return n;
}

void num_format_fixed(uint32_t v, unsigned int digits, char *p)
{
	while (digits--) {
		p[digits] = (char)('0' + v % 10);
		v /= 10;
	}
}
