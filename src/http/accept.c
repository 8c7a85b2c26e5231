// SPDX-License-Identifier: GPL-2.0-or-later
#include "http/accept.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"

struct text {
	const char *s;
	size_t len;
};

/* Give the text before the next separator, without blanks around it, and move `rest` behind the
 * separator. False: nothing is left. */
static bool next(struct text *rest, char separator, struct text *ret)
{
	const char *end = rest->len ? memchr(rest->s, separator, rest->len) : NULL;
	size_t len = end ? (size_t)(end - rest->s) : rest->len;

	if (!rest->len)
		return false;
	*ret = (struct text){ rest->s, len };
	rest->s += len + !!end;
	rest->len -= len + !!end;
	while (ret->len && (ret->s[0] == ' ' || ret->s[0] == '\t')) {
		ret->s++;
		ret->len--;
	}
	while (ret->len && (ret->s[ret->len - 1] == ' ' || ret->s[ret->len - 1] == '\t'))
		ret->len--;
	return true;
}

static bool is(struct text t, const char *word)
{
	return t.len == strlen(word) && !strncasecmp(t.s, word, t.len);
}

/* "name=" at the beginning: the value behind it, without quotes. */
static bool value_of(struct text t, const char *name, struct text *ret)
{
	size_t len = strlen(name);

	if (t.len <= len || strncasecmp(t.s, name, len) != 0)
		return false;
	*ret = (struct text){ t.s + len, t.len - len };
	if (ret->len >= 2 && ret->s[0] == '"' && ret->s[ret->len - 1] == '"')
		*ret = (struct text){ ret->s + 1, ret->len - 2 };
	return true;
}

static double quality(struct text t)
{
	char buf[8] = "";
	double q = 0;

	if (t.len >= sizeof(buf))
		return 0;
	memcpy(buf, t.s, t.len);
	return num_parse_seconds(buf, 0, 1, &q) ? 0 : q;
}

bool accept_openmetrics(const char *header)
{
	struct text rest = { header, header ? strlen(header) : 0 }, range, part, value;
	double openmetrics = 0, text = 0;

	while (next(&rest, ',', &range)) {
		bool other_version = false;
		struct text type;
		double q = 1;

		if (!next(&range, ';', &type))
			continue;
		while (next(&range, ';', &part)) {
			if (value_of(part, "q=", &value))
				q = quality(value);
			else if (value_of(part, "version=", &value))
				other_version = !is(value, "1.0.0");
		}
		if (is(type, "application/openmetrics-text") && !other_version && q > openmetrics)
			openmetrics = q;
		else if ((is(type, "text/plain") || is(type, "text/*")) && q > text)
			text = q;
	}
	return openmetrics > 0 && openmetrics >= text;
}
