/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json: is this one JSON value (RFC 8259), with nothing behind it but blanks? */
#ifndef FUZZ_JSON_H
#define FUZZ_JSON_H

#include "fuzz.h"

#define JSON_DEPTH 16

struct json_at {
	const char *p, *end;
	int depth;
};

fuzz_fn bool json_is_value(struct json_at *at);

fuzz_fn void json_blanks(struct json_at *at)
{
	while (at->p < at->end && strchr(" \t\r\n", *at->p))
		at->p++;
}

fuzz_fn bool json_is(struct json_at *at, char c)
{
	json_blanks(at);
	if (at->p == at->end || *at->p != c)
		return false;
	at->p++;
	return true;
}

fuzz_fn bool json_is_escape(struct json_at *at)
{
	if (at->p == at->end)
		return false;
	if (*at->p != 'u')
		return memchr("\"\\/bfnrt", *at->p++, 8);
	at->p++;
	for (int i = 0; i < 4; i++, at->p++)
		if (at->p == at->end || !memchr("0123456789abcdefABCDEF", *at->p, 22))
			return false;
	return true;
}

fuzz_fn bool json_is_string(struct json_at *at)
{
	uint32_t c;
	size_t step;

	if (!json_is(at, '"'))
		return false;
	while (at->p < at->end && *at->p != '"') {
		if (*at->p == '\\') {
			at->p++;
			if (!json_is_escape(at))
				return false;
			continue;
		}
		step = text_decode(at->p, at->end - at->p, &c);
		if (!step || c < 0x20)
			return false;
		at->p += step;
	}
	return at->p++ < at->end;
}

fuzz_fn bool json_is_digits(struct json_at *at)
{
	const char *begin = at->p;

	while (at->p < at->end && *at->p >= '0' && *at->p <= '9')
		at->p++;
	return at->p > begin;
}

fuzz_fn bool json_is_number(struct json_at *at)
{
	const char *first;

	if (at->p < at->end && *at->p == '-')
		at->p++;
	first = at->p;
	if (!json_is_digits(at) || (*first == '0' && at->p - first > 1))
		return false;
	if (at->p < at->end && *at->p == '.') {
		at->p++;
		if (!json_is_digits(at))
			return false;
	}
	if (at->p < at->end && (*at->p == 'e' || *at->p == 'E')) {
		at->p++;
		if (at->p < at->end && (*at->p == '-' || *at->p == '+'))
			at->p++;
		return json_is_digits(at);
	}
	return true;
}

/* Behind the opening bracket. */
fuzz_fn bool json_is_members(struct json_at *at, char close, bool named)
{
	if (json_is(at, close))
		return true;
	do {
		if (named && (!json_is_string(at) || !json_is(at, ':')))
			return false;
		if (!json_is_value(at))
			return false;
	} while (json_is(at, ','));
	return json_is(at, close);
}

fuzz_fn bool json_is_value(struct json_at *at)
{
	static const char *const words[] = { "true", "false", "null" };
	bool good;

	json_blanks(at);
	if (at->p == at->end || at->depth == JSON_DEPTH)
		return false;
	if (*at->p == '"')
		return json_is_string(at);
	if (*at->p == '{' || *at->p == '[') {
		bool object = *at->p++ == '{';

		at->depth++;
		good = json_is_members(at, object ? '}' : ']', object);
		at->depth--;
		return good;
	}
	for (int i = 0; i < 3; i++) {
		size_t len = strlen(words[i]);

		if ((size_t)(at->end - at->p) >= len && !memcmp(at->p, words[i], len)) {
			at->p += len;
			return true;
		}
	}
	return json_is_number(at);
}

/* Every line is one value. How many there are. */
fuzz_fn size_t json_check_lines(const char *text, size_t len)
{
	struct fuzz_input in = { (const uint8_t *)text, len };
	size_t nr = 0;

	FUZZ_CHECK(!len || text[len - 1] == '\n');
	while (in.left) {
		const char *nl = memchr(in.p, '\n', in.left);
		struct json_at at = { (const char *)in.p, nl, 0 };

		FUZZ_CHECK(json_is_value(&at));
		json_blanks(&at);
		FUZZ_CHECK(at.p == nl);
		in.left -= nl + 1 - (const char *)in.p;
		in.p = (const uint8_t *)nl + 1;
		nr++;
	}
	return nr;
}

#endif
