/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * num: the one place where numbers are parsed, and the quick way to write one.
 *
 * A number is decimal digits and nothing else: no sign, no blank, no "0x".
 * -EINVAL: not a number (the empty text neither); -ERANGE: a number, but less than
 * min or more than max. Outputs are untouched on failure.
 */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stddef.h>
#include <stdint.h>

#define NUM_LEN 20 /* digits of the greatest uint64_t */

/* The len bytes at s, which need no NUL behind them. */
int num_parse_span(const char *s, size_t len, uint64_t min, uint64_t max, uint64_t *ret);

int num_parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret);
int num_parse_u32(const char *s, uint32_t min, uint32_t max, uint32_t *ret);
int num_parse_u16(const char *s, uint16_t min, uint16_t max, uint16_t *ret);

/* "3", "0.25", ".5", "10s", "500ms": digits with at most one point and nine digits
 * behind it, with an optional unit (ms, s, m, h). Locale-independent. */
int num_parse_seconds(const char *s, double min, double max, double *ret);

/* Writes v in decimal at p (no NUL) and returns the number of digits, NUM_LEN at most. */
size_t num_format(uint64_t v, char *p);

/* Writes exactly `digits` digits (<= 9), with leading zeros. */
void num_format_fixed(uint32_t v, unsigned int digits, char *p);

#endif
