// SPDX-License-Identifier: GPL-2.0-or-later
/* status: the pinned tracker: since when, how full, what it lost, what it costs. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "cmd/common.h"
#include "cmd/fail.h"
#include "flow/source.h"
#include "model/names.h"
#include "print/hooks_table.h"
#include "print/json.h"
#include "print/prose.h"
#include "print/table.h"
#include "print/when.h"
#include "track/recover.h"
#include "track/status.h"

struct report {
	struct tracker_status st;
	bool degraded;
	uint64_t now_ns;
	const char *pin_dir;
};

static void json_hooks(struct json *j, const struct pw_meta *meta)
{
	json_array(j, "hooks");
	for (int need = 0; need < PW_NEED_MAX; need++) {
		json_object(j, NULL);
		json_str(j, "need", names_need(need));
		json_str(j, "variant", names_variant(meta->variant[need]));
		json_end(j);
	}
	json_end(j);
}

static void json_programs(struct json *j, const struct tracker_status *st)
{
	json_array(j, "programs");
	for (size_t i = 0; i < st->nr_progs; i++) {
		json_object(j, NULL);
		json_str(j, "name", st->progs[i].name);
		if (st->run_time_known) {
			json_u64(j, "runs", st->progs[i].run_count);
			json_u64(j, "run_ns", st->progs[i].run_ns);
		}
		json_u64(j, "skipped", st->progs[i].skipped);
		json_end(j);
	}
	json_end(j);
}

static void json_room(struct json *j, const struct tracker_status *st)
{
	json_object(j, "sockets");
	json_u64(j, "entries", st->entries);
	json_u64(j, "capacity", st->meta.max_sockets);
	json_u64(j, "refused", st->stats[PW_STAT_REFUSED]);
	json_end(j);
	json_object(j, "timewait");
	json_u64(j, "entries", st->timewait_entries);
	json_u64(j, "capacity", st->meta.max_timewait);
	json_end(j);
	json_object(j, "history");
	json_u64(j, "capacity", PW_PASTS);
	json_u64(j, "pushed_out", st->pasts_gone);
	json_end(j);
}

static void json_events(struct json *j, const struct tracker_status *st)
{
	json_object(j, "events");
	json_u64(j, "seen", st->stats[PW_STAT_EVENTS]);
	json_u64(j, "sent", st->stats[PW_STAT_SENT]);
	json_u64(j, "lost", st->stats[PW_STAT_LOST]);
	if (st->nr_progs)
		json_u64(j, "missed", st->missed);
	json_u64(j, "readers", st->nr_readers);
	json_end(j);
}

static int print_json(const struct report *r, const struct out_opts *out)
{
	_cleanup_(json_done) struct json j;
	const struct tracker_status *st = &r->st;
	char time[WHEN_RFC3339_LEN];
	struct when when;

	when_init(&when, out->boot_to_real);
	json_init(&j, stdout);
	json_object(&j, NULL);
	json_u64(&j, "schema", 1);
	when_rfc3339(&when, r->now_ns, time);
	json_str(&j, "time", time);
	json_bool(&j, "loaded", true);
	json_str(&j, "pin_dir", r->pin_dir);
	json_str(&j, "version", st->meta.version);
	json_u64(&j, "abi", st->meta.abi);
	when_rfc3339(&when, st->meta.loaded_ns, time);
	json_str(&j, "since", time);
	json_bool(&j, "degraded", r->degraded);
	json_room(&j, st);
	json_events(&j, st);
	json_u64(&j, "repaired", st->stats[PW_STAT_REPAIRED]);
	json_u64(&j, "map_bytes", st->map_bytes);
	json_hooks(&j, &st->meta);
	json_programs(&j, st);
	json_end(&j);
	json_line(&j);
	return json_flush(&j);
}

static int print_not_loaded_json(const char *pin_dir)
{
	_cleanup_(json_done) struct json j;

	json_init(&j, stdout);
	json_object(&j, NULL);
	json_u64(&j, "schema", 1);
	json_bool(&j, "loaded", false);
	json_str(&j, "pin_dir", pin_dir);
	json_end(&j);
	json_line(&j);
	return json_flush(&j);
}

/* With its date, unlike an event's: a tracker stays for months. */
static void local_time(uint64_t boot_ns, int64_t boot_to_real, char *buf, size_t size)
{
	time_t t = ((time_t)boot_ns + boot_to_real) / (time_t)NSEC_PER_SEC;
	struct tm tm;

	if (!localtime_r(&t, &tm) || !strftime(buf, size, "%Y-%m-%d %H:%M:%S", &tm))
		snprintf(buf, size, "unknown");
}

static const char *state_of(const struct report *r)
{
	if (r->degraded)
		return "DEGRADED: something was refused or missed; answers come from the kernel's "
		       "tables";
	if (r->st.stats[PW_STAT_REFUSED])
		return "complete: what was refused has been added since";
	return "complete: nothing was refused or missed";
}

static int print_facts(const struct report *r, const struct out_opts *out)
{
	_cleanup_(strbuf_done) struct strbuf text = {};
	const struct tracker_status *st = &r->st;
	char since[32], age[WHEN_AGO_LEN];

	local_time(st->meta.loaded_ns, out->boot_to_real, since, sizeof(since));
	when_span(r->now_ns - st->meta.loaded_ns, age);
	strbuf_adds(&text, "loaded    ");
	text_escape(&text, r->pin_dir, strlen(r->pin_dir));
	strbuf_addf(&text, " since %s (%s), by portwatch %.*s\n", since, age,
		    (int)sizeof(st->meta.version), st->meta.version);
	strbuf_addf(&text, "state     %s\n", state_of(r));
	strbuf_addf(&text, "sockets   %" PRIu64 " of %u; %" PRIu64 " refused\n", st->entries,
		    st->meta.max_sockets, st->stats[PW_STAT_REFUSED]);
	strbuf_addf(&text, "timewait  %" PRIu64 " of %u\n", st->timewait_entries,
		    st->meta.max_timewait);
	strbuf_addf(&text,
		    "history   room for %u former owners; %" PRIu64 " made way for newer ones\n",
		    PW_PASTS, st->pasts_gone);
	strbuf_addf(&text,
		    "events    %" PRIu64 " seen, %" PRIu64 " sent to %u reader%s, %" PRIu64
		    " dropped (slow readers)",
		    st->stats[PW_STAT_EVENTS], st->stats[PW_STAT_SENT], st->nr_readers,
		    st->nr_readers == 1 ? "" : "s", st->stats[PW_STAT_LOST]);
	if (st->nr_progs)
		strbuf_addf(&text, ", %" PRIu64 " missed", st->missed);
	strbuf_addf(&text, "\nmemory    %.1f MiB in kernel maps\n", st->map_bytes / 1048576.0);
	return prose_print(&text, stdout, out);
}

static int print_hooks_in_use(const struct pw_meta *meta, const struct out_opts *out)
{
	struct hook_row rows[PW_NEED_MAX];

	for (int need = 0; need < PW_NEED_MAX; need++)
		rows[need] = (struct hook_row){ (uint8_t)need, meta->variant[need], false };
	return hooks_table_print(rows, PW_NEED_MAX, stdout, out);
}

static int print_programs(const struct tracker_status *st, const struct out_opts *out)
{
	static const struct table_column columns[] = {
		{ .title = "PROGRAM" },
		{ .title = "RUNS", .right = true },
		{ .title = "NS/RUN", .right = true },
		{ .title = "SKIPPED", .right = true },
	};
	_cleanup_(table_done) struct table t;

	table_init(&t, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < st->nr_progs; i++) {
		const struct prog_cost *p = &st->progs[i];

		table_cell(&t, p->name, NULL);
		table_cell_u64(&t, p->run_count);
		table_cell_u64(&t, p->run_count ? p->run_ns / p->run_count : 0);
		table_cell_u64(&t, p->skipped);
	}
	return table_print(&t, stdout, out);
}

/* With -v: print through what the tracker hears of sockets, and what that costs. */
static int print_detail(const struct report *r, const struct out_opts *out)
{
	_cleanup_(strbuf_done) struct strbuf hint = {};
	int err;

	putchar('\n');
	err = print_hooks_in_use(&r->st.meta, out);
	if (err)
		return err;
	putchar('\n');
	if (r->st.run_time_known)
		return print_programs(&r->st, out);
	strbuf_adds(&hint,
		    "run time  unknown: turn it on with sysctl kernel.bpf_stats_enabled=1\n");
	return prose_print(&hint, stdout, out);
}

static int print_text(const struct report *r, const struct out_opts *out)
{
	int err = print_facts(r, out);

	if (!err && out->detailed)
		err = print_detail(r, out);
	if (!err && fflush(stdout))
		err = -errno;
	return err;
}

static int not_loaded(const struct common *common)
{
	int err = common->json && !common_is_quiet(common) ?
			  print_not_loaded_json(common->pin_dir) :
			  0;

	if (err)
		return fail_output(err);
	if (!common->json)
		log_warn("not loaded at %s: run portwatch load", common->pin_dir);
	return EXIT_NO;
}

static int status(const struct command *self, int argc, char **argv)
{
	_cleanup_(tracker_free_p) struct tracker *tracker = NULL;
	struct common common = {};
	struct report report;
	struct tracker_opts opts;
	struct out_opts out;
	int err, exit_status;

	if (!common_parse_no_operands(self, NULL, 0, &common, argc, argv, &exit_status))
		return exit_status;
	opts = common_tracker(&common);
	err = tracker_open_pinned(&opts, &tracker);
	if (err == -ENOENT)
		return not_loaded(&common);
	if (!err)
		recover(tracker);
	if (!err)
		err = tracker_status(tracker, &report.st);
	if (!err)
		err = tracker_degraded(tracker, &report.degraded);
	if (err)
		return fail_tracker(err);
	report.now_ns = clock_boot_ns();
	report.pin_dir = common.pin_dir;

	if (common_is_quiet(&common))
		return EXIT_YES;
	out = common_out(&common);
	err = common.json ? print_json(&report, &out) : print_text(&report, &out);
	return err ? fail_output(err) : EXIT_YES;
}

static const char *const examples[] = {
	"sudo portwatch status\tsince when, how full, what was lost",
	"sudo portwatch status -v\tits hooks, and what each program costs",
	"sudo portwatch status --json\tfor monitoring",
	NULL,
};

const struct command cmd_status = {
	.name = "status",
	.summary = "show the loaded tracker: since when, how full, what it lost and costs",
	.usage = {
		.examples = examples,
		.synopsis = "portwatch status [OPTION...]",
		.about = "Exit status: 0 loaded, 1 not loaded.",
	},
	.run = status,
};
