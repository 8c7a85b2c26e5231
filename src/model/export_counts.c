// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/export_counts.h"

#include <stdlib.h>

#include "base/cleanup.h"

static const struct metric_family accepts_family = {
	.name = "portwatch_accepts",
	.help = "Connections that listeners on this TCP port have taken (established, put into "
		"the accept queue), in all network namespaces; the busiest ports.",
	.counter = true,
};

static const struct metric_family bind_failures_family = {
	.name = "portwatch_bind_failures",
	.help = "Calls of bind() that were refused, by reason.",
	.counter = true,
};

static const struct metric_family current_family = {
	.name = "portwatch_timewait_sockets",
	.help = "Sockets in TIME-WAIT now, with those that still wait in FIN_WAIT2 without a process.",
};

static const struct metric_family entered_family = {
	.name = "portwatch_timewait_entered",
	.help = "Connections that have entered TIME-WAIT.",
	.counter = true,
};

static const struct metric_family ended_family = {
	.name = "portwatch_timewait_ended",
	.help = "TIME-WAITs that have ended; without a hook for it, noticed at a scrape.",
	.counter = true,
};

static const struct metric_family reused_family = {
	.name = "portwatch_timewait_reused",
	.help = "Of those that ended: for a new connection between the same addresses and ports.",
	.counter = true,
};

static int busiest_first(const void *a, const void *b)
{
	const struct export_accepts *x = a, *y = b;

	if (x->accepted != y->accepted)
		return x->accepted < y->accepted ? 1 : -1;
	return x->port - y->port;
}

void export_accepts(struct export_accepts *v, size_t nr, struct export_limits *limits,
		    struct metrics *m)
{
	if (nr)
		qsort(v, nr, sizeof(*v), busiest_first);
	nr = export_limit(limits, "accepts", nr, limits->top);
	metrics_family(m, &accepts_family);
	for (size_t i = 0; i < nr; i++) {
		metrics_label_u64(m, "port", v[i].port);
		metrics_u64(m, v[i].accepted);
	}
}

void export_bind_failures(const uint64_t *stats, struct metrics *m)
{
	static const struct {
		enum pw_stat stat;
		const char *reason;
	} reasons[] = {
		{ PW_STAT_BIND_INUSE, "EADDRINUSE" },	  { PW_STAT_BIND_ACCESS, "EACCES" },
		{ PW_STAT_BIND_NOADDR, "EADDRNOTAVAIL" }, { PW_STAT_BIND_INVALID, "EINVAL" },
		{ PW_STAT_BIND_OTHER, "other" },
	};

	metrics_family(m, &bind_failures_family);
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		metrics_label(m, "reason", reasons[i].reason);
		metrics_u64(m, stats[reasons[i].stat]);
	}
}

void export_timewait(const struct churn *c, bool ends, struct metrics *m)
{
	metrics_single(m, &current_family, c->total.current);
	if (!c->query.counted)
		return;
	metrics_single(m, &entered_family, c->query.stats[PW_STAT_TW_ENTERED]);
	if (!ends)
		return;
	metrics_single(m, &ended_family, c->query.stats[PW_STAT_TW_LEFT]);
	metrics_single(m, &reused_family, c->query.stats[PW_STAT_TW_REUSED]);
}
