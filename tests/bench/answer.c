// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * answer: what a verified answer costs beyond the start of a process.
 *
 *	answer PIN_DIR PORT[/PROTO] TIMES
 *
 * Opens the pinned tracker, asks it who holds the port, and forgets all of it, TIMES over. Prints
 * for each round the way to the holders, and the whole with command lines and cgroups:
 *
 *	ROUND <tab> verified_us|described_us <tab> VALUE
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/cleanup.h"
#include "flow/ask.h"
#include "flow/source.h"
#include "model/portspec.h"
#include "track/query.h"

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
	struct tracker_opts from = { .pin_dir = argv[argc > 1 ? 1 : 0] };
	_cleanup_(filter_done) struct filter filter = {};
	_cleanup_(strbuf_done) struct strbuf why = {};
	size_t times = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
	uint64_t ports[PORTSPEC_WORDS];
	struct query query = { .ports = ports, .holders = true };

	if (!times || filter_add(&filter, FILTER_PORT, argv[2], &why))
		errx(2, "usage: answer PIN_DIR PORT[/PROTO] TIMES");
	query.proto = portspec_proto(&filter.ports);
	portspec_bitmap(&filter.ports, query.proto, ports);
	for (size_t i = 0; i < times; i++) {
		_cleanup_(tracker_free_p) struct tracker *tracker = NULL;
		_cleanup_(answer_done) struct answer a;
		double begin = now_us(), verified;

		answer_init(&a);
		if (source_open(&from, TRACKER_SNAPSHOT, NULL, &tracker) ||
		    query_run(tracker, &query, &a))
			errx(1, "no answer");
		verified = now_us() - begin;
		if (!a.nr_sockets || !a.sockets[0].nr_holders || ask_describe(&a))
			errx(1, "nobody holds it");
		printf("%zu\tverified_us\t%.1f\n%zu\tdescribed_us\t%.1f\n", i, verified, i,
		       now_us() - begin);
	}
	return 0;
}
