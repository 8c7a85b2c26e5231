// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/portbits.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/num.h"
#include "model/portspec.h"

static int parse_range(const char *s, size_t len, uint64_t *map)
{
	const char *dash = memchr(s, '-', len);
	size_t head = dash ? (size_t)(dash - s) : len;
	uint64_t first, last;

	if (num_parse_span(s, head, 0, UINT16_MAX, &first))
		return -EINVAL;
	last = first;
	if (dash && num_parse_span(dash + 1, len - head - 1, first, UINT16_MAX, &last))
		return -EINVAL;
	for (uint64_t port = first; port <= last; port++)
		port_set(map, (uint16_t)port);
	return 0;
}

int portbits_parse(const char *text, size_t len, uint64_t *ret_map)
{
	uint64_t map[PORTSPEC_WORDS] = {};

	while (len && (text[len - 1] == '\n' || text[len - 1] == ' '))
		len--;
	while (len) {
		const char *comma = memchr(text, ',', len);
		size_t part = comma ? (size_t)(comma - text) : len;

		if (parse_range(text, part, map))
			return -EINVAL;
		text += part + !!comma;
		len -= part + !!comma;
	}
	for (size_t i = 0; i < PORTSPEC_WORDS; i++)
		ret_map[i] |= map[i];
	return 0;
}

void portbits_format(const uint64_t *map, struct strbuf *out)
{
	bool any = false;

	for (uint32_t port = 0; port <= UINT16_MAX; port++) {
		uint32_t last = port;

		if (!port_bit(map, (uint16_t)port))
			continue;
		while (last < UINT16_MAX && port_bit(map, (uint16_t)(last + 1)))
			last++;
		strbuf_addf(out, "%s%u", any ? "," : "", port);
		if (last > port)
			strbuf_addf(out, "-%u", last);
		any = true;
		port = last;
	}
}
