// SPDX-License-Identifier: GPL-2.0-or-later
/* PORT as a user writes it. What is accepted names a port, and is understood in the same way when
 * asked port by port and as a bit map. */
#include "fuzz.h"

#include <errno.h>

#include "model/portspec.h"

static int service(void *arg, const char *name, uint8_t proto, uint16_t *ret)
{
	(void)arg;
	if (strcmp(name, "http") != 0 || proto != PW_TCP)
		return -ENOENT;
	*ret = 80;
	return 0;
}

static void check_ranges(const struct portspec *p, uint8_t proto)
{
	static uint64_t map[PORTSPEC_WORDS];

	portspec_bitmap(p, proto, map);
	for (size_t i = 0; i < p->nr; i++) {
		const struct port_range *r = &p->ranges[i];
		uint16_t ends[] = { r->first, r->last };

		FUZZ_CHECK(r->first && r->first <= r->last);
		FUZZ_CHECK(!r->proto || r->proto == PW_TCP || r->proto == PW_UDP);
		FUZZ_CHECK(!r->family || r->family == PW_INET || r->family == PW_INET6);
		for (int k = 0; k < 2 && (!r->proto || r->proto == proto); k++) {
			uint8_t family = r->family ?: PW_INET;

			FUZZ_CHECK(port_bit(map, ends[k]));
			/* A socket at the very address is one of them. */
			FUZZ_CHECK(
				portspec_match(p, proto, family, &r->addr, ends[k], false, NULL));
		}
	}
}

static size_t bits(const struct portspec *p)
{
	static uint64_t map[PORTSPEC_WORDS];
	size_t nr = 0;

	portspec_bitmap(p, 0, map);
	for (size_t i = 0; i < PORTSPEC_WORDS; i++)
		nr += (size_t)__builtin_popcountll(map[i]);
	return nr;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_string(data, size);
	struct portspec p = {};
	struct strbuf why = {};
	int err;

	FUZZ_CHECK(!portspec_add(&p, 7, 7, 0));
	err = portspec_parse(&p, text, service, NULL, &why);
	FUZZ_CHECK(!err || err == -EINVAL);
	if (err) {
		FUZZ_CHECK(p.nr == 1 && strlen(strbuf_str(&why)));
	} else {
		FUZZ_CHECK(p.nr > 1);
		check_ranges(&p, PW_TCP);
		check_ranges(&p, PW_UDP);
		FUZZ_CHECK(portspec_count(&p) == bits(&p));
	}
	portspec_done(&p);
	strbuf_done(&why);
	free(text);
	return 0;
}
