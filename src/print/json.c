// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/json.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "base/text.h"
#include "portwatch.h"

#define FLUSH_AT 65536 /* hand long documents to the FILE in pieces of this size */

void json_init(struct json *j, FILE *out)
{
	*j = (struct json){ .out = out };
}

void json_done(struct json *j)
{
	strbuf_done(&j->buf);
}

static void latch(struct json *j, int error)
{
	if (!j->error)
		j->error = error;
}

static void hand_over(struct json *j)
{
	if (j->buf.failed)
		latch(j, -ENOMEM);
	if (!j->out)
		return;
	if (!j->error && j->buf.len) {
		errno = 0;
		if (fwrite_unlocked(j->buf.s, 1, j->buf.len, j->out) != j->buf.len)
			latch(j, errno ? -errno : -EIO);
	}
	strbuf_reset(&j->buf);
}

/* Comma and key; the caller adds the value. */
static void begin_value(struct json *j, const char *key)
{
	if (j->comma)
		strbuf_addc(&j->buf, ',');
	j->comma = true;
	if (key) {
		size_t len = strlen(key);
		char *p = strbuf_reserve(&j->buf, len + 3);

		if (!p)
			return;
		*p++ = '"';
		memcpy(p, key, len);
		memcpy(p + len, "\":", 2);
		j->buf.len += len + 3;
	}
}

static void begin_nested(struct json *j, const char *key, bool array)
{
	begin_value(j, key);
	strbuf_addc(&j->buf, array ? '[' : '{');
	if (++j->depth >= JSON_MAX_DEPTH) {
		latch(j, -EOVERFLOW);
		j->depth--;
		return;
	}
	j->array = array ? j->array | 1u << j->depth : j->array & ~(1u << j->depth);
	j->comma = false;
}

void json_object(struct json *j, const char *key)
{
	begin_nested(j, key, false);
}

void json_array(struct json *j, const char *key)
{
	begin_nested(j, key, true);
}

void json_end(struct json *j)
{
	if (j->depth == 0) {
		latch(j, -EINVAL);
		return;
	}
	strbuf_addc(&j->buf, j->array & 1u << j->depth ? ']' : '}');
	j->depth--;
	j->comma = true;
	if (j->out && j->buf.len > FLUSH_AT)
		hand_over(j);
}

/* The next byte that cannot stand in a string as it is; len if there is none. */
static size_t plain_span(const char *s, size_t len)
{
	size_t i = 0, n;
	uint32_t c;

	while (i < len) {
		unsigned char b = (unsigned char)s[i];

		if (b < 0x80) {
			if (b < 0x20 || b == '"' || b == '\\' || b == 0x7f)
				break;
			i++;
			continue;
		}
		n = text_decode(s + i, len - i, &c);
		if (n == 0 || c < 0xa0)
			break;
		i += n;
	}
	return i;
}

/* Add in escaped form the character at s, which cannot stand as it is. Return its bytes in s. */
static size_t add_escaped(struct strbuf *out, const char *s, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	uint32_t c = 0;
	size_t n;

	n = text_decode(s, len, &c);
	if (n == 0) {
		strbuf_adds(out, "\xef\xbf\xbd"); /* U+FFFD */
		return 1;
	}
	switch (c) {
	case '"':
		strbuf_adds(out, "\\\"");
		break;
	case '\\':
		strbuf_adds(out, "\\\\");
		break;
	case '\n':
		strbuf_adds(out, "\\n");
		break;
	case '\t':
		strbuf_adds(out, "\\t");
		break;
	case '\r':
		strbuf_adds(out, "\\r");
		break;
	default:
		/* C0, DEL, C1: never above U+009F */
		strbuf_adds(out, "\\u00");
		strbuf_addc(out, hex[c >> 4 & 15]);
		strbuf_addc(out, hex[c & 15]);
	}
	return n;
}

void json_strn(struct json *j, const char *key, const char *s, size_t len)
{
	size_t i = 0, n;

	if (!s)
		return;
	begin_value(j, key);
	strbuf_addc(&j->buf, '"');
	while (i < len) {
		n = plain_span(s + i, len - i);
		strbuf_add(&j->buf, s + i, n);
		i += n;
		if (i < len)
			i += add_escaped(&j->buf, s + i, len - i);
	}
	strbuf_addc(&j->buf, '"');
}

void json_str(struct json *j, const char *key, const char *s)
{
	if (s)
		json_strn(j, key, s, strlen(s));
}

void json_comm(struct json *j, const char *key, const char *comm)
{
	json_strn(j, key, comm, strnlen(comm, PW_COMM_LEN));
}

void json_u64(struct json *j, const char *key, uint64_t v)
{
	begin_value(j, key);
	strbuf_addu(&j->buf, v);
}

void json_i64(struct json *j, const char *key, int64_t v)
{
	begin_value(j, key);
	if (v < 0)
		strbuf_addc(&j->buf, '-');
	strbuf_addu(&j->buf, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

void json_milli(struct json *j, const char *key, uint64_t thousandths)
{
	char fraction[4] = ".";
	size_t len = 4;

	begin_value(j, key);
	strbuf_addu(&j->buf, thousandths / 1000);
	num_format_fixed((uint32_t)(thousandths % 1000), 3, fraction + 1);
	/* At least one, so that the type does not change with the value. */
	while (len > 2 && fraction[len - 1] == '0')
		len--;
	strbuf_add(&j->buf, fraction, len);
}

void json_double(struct json *j, const char *key, double v, int decimals)
{
	size_t start;
	char *point;

	begin_value(j, key);
	if (!isfinite(v)) {
		strbuf_adds(&j->buf, "null");
		return;
	}
	start = j->buf.len;
	strbuf_addf(&j->buf, "%.*f", decimals, v);
	/* Some locales write a comma. */
	if (!j->buf.failed && (point = memchr(j->buf.s + start, ',', j->buf.len - start)))
		*point = '.';
}

void json_bool(struct json *j, const char *key, bool v)
{
	begin_value(j, key);
	strbuf_adds(&j->buf, v ? "true" : "false");
}

void json_null(struct json *j, const char *key)
{
	begin_value(j, key);
	strbuf_adds(&j->buf, "null");
}

void json_line(struct json *j)
{
	strbuf_addc(&j->buf, '\n');
	j->comma = false;
	hand_over(j);
}

int json_flush(struct json *j)
{
	hand_over(j);
	if (j->out && !j->error) {
		errno = 0;
		if (fflush_unlocked(j->out) || ferror_unlocked(j->out))
			latch(j, errno ? -errno : -EIO);
	}
	return j->error;
}
