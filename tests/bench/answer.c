// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * answer: what a verified answer costs beyond the start of a process.
 *
 *	answer PIN_DIR PORT[/PROTO] TIMES
 *
 * Opens the pinned tracker, asks it who holds the port, and forgets all of it, TIMES over. Prints
 * the medians: of the way to the holders, and with their command lines and cgroups.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/cleanup.h"
#include "cmd/ask.h"
#include "cmd/source.h"
#include "model/names.h"
#include "model/portspec.h"
#include "track/query.h"

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static int ascending(const void *a, const void *b)
{
	return (*(const double *)a > *(const double *)b) -
	       (*(const double *)a < *(const double *)b);
}

int main(int argc, char **argv)
{
	struct common common = { .pin_dir = argv[argc > 1 ? 1 : 0] };
	_cleanup_(filter_done) struct filter filter = {};
	_cleanup_(strbuf_done) struct strbuf why = {};
	size_t times = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
	uint64_t ports[PORTSPEC_WORDS];
	struct query query = { .ports = ports, .holders = true };
	double *verified = calloc(times + 1, sizeof(*verified));
	double *described = calloc(times + 1, sizeof(*described));

	if (!times || !verified || !described || filter_add(&filter, FILTER_PORT, argv[2], &why))
		errx(2, "usage: answer PIN_DIR PORT[/PROTO] TIMES");
	query.proto = portspec_proto(&filter.ports);
	portspec_bitmap(&filter.ports, query.proto, ports);
	for (size_t i = 0; i < times; i++) {
		_cleanup_(tracker_free_p) struct tracker *tracker = NULL;
		_cleanup_(answer_done) struct answer a;
		double begin = now_us();

		answer_init(&a);
		if (source_open(&common, TRACKER_SNAPSHOT, &tracker) ||
		    query_run(tracker, &query, &a))
			errx(1, "no answer");
		verified[i] = now_us() - begin;
		if (!a.nr_sockets || !a.sockets[0].nr_holders || ask_describe(&a))
			errx(1, "nobody holds it");
		described[i] = now_us() - begin;
		if (!i)
			printf("%zu holders, %s\n", a.sockets[0].nr_holders,
			       names_resolved(a.sockets[0].resolved));
	}
	qsort(verified, times, sizeof(*verified), ascending);
	qsort(described, times, sizeof(*described), ascending);
	printf("median of %zu: %.0f us, %.0f us with command line and cgroup\n", times,
	       verified[times / 2], described[times / 2]);
	return 0;
}
