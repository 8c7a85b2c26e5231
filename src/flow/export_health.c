// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/export_health.h"

#include <string.h>

#include "base/cleanup.h"
#include "model/names.h"

#define GAUGE(id, text)                                                                            \
	static const struct metric_family id##_family = { .name = "portwatch_" #id, .help = text }
#define COUNTER(id, text)                                                                          \
	static const struct metric_family id##_family = { .name = "portwatch_" #id,                \
							  .help = text,                            \
							  .counter = true }

GAUGE(build_info, "1, with the version of the exporter.");
GAUGE(tracker_loaded, "1: a tracker is loaded in the kernel. 0: none is, and the rest is a "
		      "snapshot, without its counters.");
GAUGE(tracker_info, "1, with the version of the program that loaded the tracker.");
GAUGE(tracker_degraded, "1: the tracker had to refuse or has missed something; answers come from "
			"the kernel's own tables.");
GAUGE(tracker_entries, "Entries of the tracker's maps.");
GAUGE(tracker_capacity, "Entries that there is room for.");
GAUGE(tracker_readers, "Programs that read the event stream now.");
GAUGE(tracker_hook_info, "1 for each thing to know, with the kind of hook that tells it.");
COUNTER(tracker_refused, "Sockets that are not tracked, as the map was full.");
COUNTER(tracker_events, "Changes of sockets that hooks have seen.");
COUNTER(tracker_skips, "Runs of programs that the kernel skipped, as the program was running.");
COUNTER(tracker_skips_recovered, "Of those: runs that another copy of the program made good; "
				 "what is left was missed.");
COUNTER(tracker_repairs, "Entries that turned out to be wrong and were put right.");
COUNTER(tracker_records_sent, "Events handed to readers of the stream.");
COUNTER(tracker_records_lost, "Events that a reader has lost, as it was too slow.");
COUNTER(tracker_timewait_nameless, "TIME-WAITs that were counted for no process, as the map of "
				   "names was full.");
COUNTER(tracker_program_runs, "Runs of the tracker's programs (kernel.bpf_stats_enabled).");

static const struct metric_family load_family = {
	.name = "portwatch_tracker_load_time_seconds",
	.unit = "seconds",
	.help = "When the tracker was loaded, since 1970.",
};

static const struct metric_family memory_family = {
	.name = "portwatch_tracker_maps_bytes",
	.unit = "bytes",
	.help = "Memory of the tracker's maps.",
};

static const struct metric_family run_family = {
	.name = "portwatch_tracker_program_run_seconds",
	.unit = "seconds",
	.help = "Time spent in the tracker's programs (kernel.bpf_stats_enabled).",
	.counter = true,
};

static const struct metric_family duration_family = {
	.name = "portwatch_scrape_duration_seconds",
	.unit = "seconds",
	.help = "How long it took to gather these metrics.",
};

void export_build(struct metrics *m)
{
	metrics_family(m, &build_info_family);
	metrics_label(m, "version", PORTWATCH_VERSION);
	metrics_u64(m, 1);
}

void export_loaded(struct metrics *m, bool loaded)
{
	metrics_single(m, &tracker_loaded_family, loaded);
}

void export_duration(double seconds, struct metrics *m)
{
	metrics_family(m, &duration_family);
	metrics_double(m, seconds);
}

static void add_maps(const struct tracker_status *st, struct metrics *m)
{
	metrics_family(m, &tracker_entries_family);
	metrics_label(m, "map", "sockets");
	metrics_u64(m, st->entries);
	metrics_label(m, "map", "timewait");
	metrics_u64(m, st->timewait_entries);
	metrics_family(m, &tracker_capacity_family);
	metrics_label(m, "map", "sockets");
	metrics_u64(m, st->meta.max_sockets);
	metrics_label(m, "map", "timewait");
	metrics_u64(m, st->meta.max_timewait);
	metrics_single(m, &memory_family, st->map_bytes);
}

static void add_counters(const struct tracker_status *st, struct metrics *m)
{
	const struct {
		const struct metric_family *family;
		enum pw_stat stat;
	} counters[] = {
		{ &tracker_refused_family, PW_STAT_REFUSED },
		{ &tracker_events_family, PW_STAT_EVENTS },
		{ &tracker_skips_recovered_family, PW_STAT_NESTED },
		{ &tracker_repairs_family, PW_STAT_REPAIRED },
		{ &tracker_records_sent_family, PW_STAT_SENT },
		{ &tracker_records_lost_family, PW_STAT_LOST },
		{ &tracker_timewait_nameless_family, PW_STAT_TW_NAMELESS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(counters); i++)
		metrics_single(m, counters[i].family, st->stats[counters[i].stat]);
}

static void add_programs(const struct tracker_status *st, struct metrics *m)
{
	uint64_t skips = 0;

	for (size_t i = 0; i < st->nr_progs; i++)
		skips += st->progs[i].skipped;
	if (st->nr_progs)
		metrics_single(m, &tracker_skips_family, skips);
	if (!st->run_time_known)
		return;
	metrics_family(m, &tracker_program_runs_family);
	for (size_t i = 0; i < st->nr_progs; i++) {
		metrics_label(m, "program", st->progs[i].name);
		metrics_u64(m, st->progs[i].run_count);
	}
	metrics_family(m, &run_family);
	for (size_t i = 0; i < st->nr_progs; i++) {
		metrics_label(m, "program", st->progs[i].name);
		metrics_double(m, st->progs[i].run_ns / 1e9);
	}
}

void export_health(const struct tracker_status *st, bool degraded,
		   const struct export_limits *limits, struct metrics *m)
{
	metrics_family(m, &tracker_info_family);
	metrics_label_span(m, "version", st->meta.version,
			   strnlen(st->meta.version, sizeof(st->meta.version)));
	metrics_u64(m, 1);
	metrics_family(m, &load_family);
	metrics_double(m, ((int64_t)st->meta.loaded_ns + limits->boot_to_real) / 1e9);
	metrics_single(m, &tracker_degraded_family, degraded);
	metrics_single(m, &tracker_readers_family, st->nr_readers);
	add_maps(st, m);
	add_counters(st, m);
	add_programs(st, m);
	metrics_family(m, &tracker_hook_info_family);
	for (int need = 0; need < PW_NEED_MAX; need++) {
		metrics_label(m, "need", names_need(need));
		metrics_label(m, "variant", names_variant(st->meta.variant[need]));
		metrics_u64(m, 1);
	}
}
