// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/strbuf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/num.h"

void strbuf_done(struct strbuf *sb)
{
	free(sb->s);
	*sb = (struct strbuf){};
}

char *strbuf_grow(struct strbuf *sb, size_t n)
{
	size_t want, cap;
	char *s;

	if (sb->failed)
		return NULL;
	if (__builtin_add_overflow(sb->len, n, &want) || want >= SIZE_MAX / 2)
		goto failed;
	cap = sb->cap ? sb->cap : 64;
	while (cap <= want)
		cap *= 2;
	s = realloc(sb->s, cap);
	if (!s)
		goto failed;
	sb->s = s;
	sb->cap = cap;
	return s + sb->len;

failed:
	sb->failed = true;
	return NULL;
}

void strbuf_addn(struct strbuf *sb, char c, size_t times)
{
	char *p = strbuf_reserve(sb, times);

	if (!p)
		return;
	memset(p, c, times);
	sb->len += times;
}

void strbuf_addu(struct strbuf *sb, uint64_t v)
{
	char *p = strbuf_reserve(sb, NUM_LEN);

	if (p)
		sb->len += num_format(v, p);
}

void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap)
{
	va_list again;
	char *p;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0) {
		sb->failed = true;
		return;
	}

	p = strbuf_reserve(sb, (size_t)n + 1);
	if (!p)
		return;
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	sb->len += (size_t)n;
}

void strbuf_addf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(sb, fmt, ap);
	va_end(ap);
}

const char *strbuf_str(struct strbuf *sb)
{
	if (!strbuf_reserve(sb, 0))
		return "";
	sb->s[sb->len] = '\0';
	return sb->s;
}

char *strbuf_steal(struct strbuf *sb)
{
	char *s = NULL;

	if (strbuf_reserve(sb, 0)) {
		s = sb->s;
		s[sb->len] = '\0';
		sb->s = NULL;
	}
	strbuf_done(sb);
	return s;
}

int strbuf_error(const struct strbuf *sb)
{
	return sb->failed ? -ENOMEM : 0;
}
