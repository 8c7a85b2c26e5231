/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * strbuf: a growable string. Errors are latched: after a failed allocation every
 * call is a no-op and strbuf_error() says -ENOMEM, so a caller checks once, at the
 * end. A zeroed struct is an empty buffer.
 *
 *	_cleanup_(strbuf_done) struct strbuf sb = {};
 *	strbuf_adds(&sb, "port ");
 *	strbuf_addu(&sb, 8000);
 *	puts(strbuf_str(&sb));
 */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct strbuf {
	char *s; /* not always NUL-terminated: use strbuf_str() */
	size_t len, cap;
	bool failed;
};

void strbuf_done(struct strbuf *sb);

/* Empties it, keeps the memory, forgets an error. */
static inline void strbuf_reset(struct strbuf *sb)
{
	sb->len = 0;
	sb->failed = false;
}

/* Makes room for n more bytes and returns where they go, NULL when out of memory;
 * the caller then adds what it wrote to sb->len. For hot paths, so mostly inline. */
char *strbuf_grow(struct strbuf *sb, size_t n);

static inline char *strbuf_reserve(struct strbuf *sb, size_t n)
{
	/* Always leave room for strbuf_str()'s NUL. */
	if (sb->failed || n >= sb->cap - sb->len)
		return strbuf_grow(sb, n);
	return sb->s + sb->len;
}

static inline void strbuf_add(struct strbuf *sb, const void *data, size_t n)
{
	char *p = strbuf_reserve(sb, n);

	if (!p || n == 0)
		return;
	memcpy(p, data, n);
	sb->len += n;
}

void strbuf_addn(struct strbuf *sb, char c, size_t times);
void strbuf_addu(struct strbuf *sb, uint64_t v);
void strbuf_addf(struct strbuf *sb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

static inline void strbuf_adds(struct strbuf *sb, const char *s)
{
	strbuf_add(sb, s, strlen(s));
}

static inline void strbuf_addc(struct strbuf *sb, char c)
{
	strbuf_add(sb, &c, 1);
}

/* How long strbuf_str() is. */
static inline size_t strbuf_len(const struct strbuf *sb)
{
	return sb->failed ? 0 : sb->len;
}

/* As a C string, "" when empty or failed. Good until the next change. */
const char *strbuf_str(struct strbuf *sb);

/* Hands the memory over (NULL on failure); the buffer is empty afterwards. */
char *strbuf_steal(struct strbuf *sb);

/* 0 or -ENOMEM */
int strbuf_error(const struct strbuf *sb);

#endif
