// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text.h"

#include <stdbool.h>

#include "base/cleanup.h"
#include "portwatch.h"

struct range {
	uint32_t first, last;
};

/* Characters that hide or reorder what is around them (Unicode: Cf, Zl, Zp, and the
 * fillers that look like nothing). */
static const struct range invisible[] = {
	{ 0x00ad, 0x00ad },   { 0x034f, 0x034f }, { 0x061c, 0x061c },	{ 0x115f, 0x1160 },
	{ 0x17b4, 0x17b5 },   { 0x180b, 0x180f }, { 0x200b, 0x200f },	{ 0x2028, 0x202e },
	{ 0x2060, 0x206f },   { 0x3164, 0x3164 }, { 0xfe00, 0xfe0f },	{ 0xfeff, 0xfeff },
	{ 0xffa0, 0xffa0 },   { 0xfff0, 0xfffb }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a },
	{ 0xe0000, 0xe0fff },
};

/* Combining marks of the blocks that consist of nothing else, and the commonest others. */
static const struct range combining[] = {
	{ 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd }, { 0x0610, 0x061a },
	{ 0x064b, 0x065f }, { 0x093c, 0x093c }, { 0x094d, 0x094d }, { 0x0e31, 0x0e31 },
	{ 0x0e34, 0x0e3a }, { 0x0e47, 0x0e4e }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff },
	{ 0x20d0, 0x20ff }, { 0x302a, 0x302d }, { 0x3099, 0x309a }, { 0xfe20, 0xfe2f },
};

/* Two columns: East Asian wide and fullwidth, emoji (Unicode: EastAsianWidth W, F). */
static const struct range wide[] = {
	{ 0x1100, 0x115e },   { 0x231a, 0x231b },   { 0x23e9, 0x23ec },	  { 0x2614, 0x2615 },
	{ 0x26a1, 0x26a1 },   { 0x2705, 0x2705 },   { 0x2728, 0x2728 },	  { 0x274c, 0x274c },
	{ 0x2795, 0x2797 },   { 0x2b50, 0x2b50 },   { 0x2e80, 0x303e },	  { 0x3041, 0x33ff },
	{ 0x3400, 0x4dbf },   { 0x4e00, 0x9fff },   { 0xa000, 0xa4cf },	  { 0xac00, 0xd7a3 },
	{ 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },   { 0xff01, 0xff60 },	  { 0xffe0, 0xffe6 },
	{ 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff }, { 0x1f900, 0x1faff }, { 0x20000, 0x3fffd },
};

static bool in_ranges(uint32_t c, const struct range *r, size_t nr)
{
	size_t lo = 0, hi = nr;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (c < r[mid].first)
			hi = mid;
		else if (c > r[mid].last)
			lo = mid + 1;
		else
			return true;
	}
	return false;
}

size_t text_decode(const char *s, size_t len, uint32_t *ret)
{
	const unsigned char *p = (const unsigned char *)s;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n, i;
	uint32_t c;

	if (len == 0)
		return 0;
	if (p[0] < 0x80) {
		*ret = p[0];
		return 1;
	}
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (len < n)
		return 0;
	c = p[0] & (0x7f >> n);
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;

	*ret = c;
	return n;
}

static void add_hex_bytes(struct strbuf *out, const char *s, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < len; i++) {
		unsigned char b = (unsigned char)s[i];
		char e[4] = { '\\', 'x', hex[b >> 4], hex[b & 15] };

		strbuf_add(out, e, sizeof(e));
	}
}

static bool is_noncharacter(uint32_t c)
{
	return (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
}

void text_escape(struct strbuf *out, const char *s, size_t len)
{
	size_t done = 0, i = 0, n;
	uint32_t c;

	while (i < len) {
		n = text_decode(s + i, len - i, &c);
		if (n && c >= 0x20 && c != 0x7f && c != '\\' && (c < 0x80 || c >= 0xa0) &&
		    (c < 0xa0 ||
		     (!in_ranges(c, invisible, ARRAY_SIZE(invisible)) && !is_noncharacter(c)))) {
			i += n;
			continue;
		}

		strbuf_add(out, s + done, i - done);
		if (n == 0 || c < 0xa0) {
			n = n ? n : 1;
			add_hex_bytes(out, s + i, n);
		} else {
			strbuf_addf(out, "\\u{%x}", c);
		}
		i += n;
		done = i;
	}
	strbuf_add(out, s + done, len - done);
}

void text_escape_comm(struct strbuf *out, const char *comm)
{
	text_escape(out, comm, strnlen(comm, PW_COMM_LEN));
}

static size_t char_width(uint32_t c)
{
	if (c < 0x300)
		return 1;
	if (in_ranges(c, combining, ARRAY_SIZE(combining)))
		return 0;
	return in_ranges(c, wide, ARRAY_SIZE(wide)) ? 2 : 1;
}

/* Walks until the text ends or the next character would pass `columns`. */
static size_t walk(const char *s, size_t len, size_t columns, size_t *ret_bytes)
{
	size_t width = 0, i = 0, n, w;
	uint32_t c;

	while (i < len) {
		n = text_decode(s + i, len - i, &c);
		w = n ? char_width(c) : 1;
		if (w > columns - width)
			break;
		width += w;
		i += n ? n : 1;
	}
	*ret_bytes = i;
	return width;
}

size_t text_width(const char *s, size_t len)
{
	size_t bytes;

	return walk(s, len, SIZE_MAX, &bytes);
}

size_t text_cut(const char *s, size_t len, size_t most)
{
	if (!s || len <= most)
		return s ? len : 0;
	for (len = most; len && ((unsigned char)s[len] & 0xc0) == 0x80 && most - len < 4; len--)
		;
	return len;
}

size_t text_fit(const char *s, size_t len, size_t columns)
{
	size_t bytes;

	walk(s, len, columns, &bytes);
	return bytes;
}
