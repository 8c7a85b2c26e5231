// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor: what this kernel allows, and why not the better. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cmd/common.h"
#include "cmd/fail.h"
#include "model/names.h"
#include "print/color.h"
#include "print/hooks_table.h"
#include "print/json.h"
#include "print/prose.h"
#include "print/table.h"
#include "sys/caps.h"
#include "track/doctor.h"

static void json_finding(struct json *j, const struct finding *f)
{
	json_object(j, NULL);
	json_str(j, "need", names_need(f->need));
	json_str(j, "variant", names_variant(f->variant));
	json_array(j, "refused");
	for (size_t i = 0; i < f->nr_refused; i++) {
		const struct refusal *r = &f->refused[i];
		char buf[NAMES_ERRNO_LEN];

		json_object(j, NULL);
		json_str(j, "variant", names_variant(r->variant));
		if (r->error)
			json_str(j, "error", names_errno(-r->error, buf));
		json_str(j, "reason", r->reason);
		json_end(j);
	}
	json_end(j);
	json_str(j, "loss", f->loss);
	json_str(j, "cure", f->cure);
	json_end(j);
}

static void json_source(struct json *j, const struct source_finding *f)
{
	char buf[NAMES_ERRNO_LEN];

	json_object(j, NULL);
	json_str(j, "fact", f->fact);
	json_str(j, "source", f->name);
	json_bool(j, "works", f->works);
	if (f->works)
		json_double(j, "ms", f->ns / 1e6, 3);
	json_str(j, "step", f->step);
	json_str(j, "program", f->program);
	json_str(j, "type", f->type);
	if (f->error)
		json_str(j, "error", names_errno(-f->error, buf));
	json_str(j, "loss", f->loss);
	json_end(j);
}

/* Absent when unknown, never "". */
static const char *known(const char *s)
{
	return s[0] ? s : NULL;
}

static int print_json(const struct diagnosis *d, const char *missing)
{
	_cleanup_(json_done) struct json j;

	json_init(&j, stdout);
	json_object(&j, NULL);
	json_u64(&j, "schema", 1);
	json_bool(&j, "works", d->answers);
	json_bool(&j, "tracker", !d->error);
	if (d->error)
		json_str(&j, "why", d->reason);
	json_str(&j, "kernel", known(d->kernel));
	json_str(&j, "arch", known(d->arch));
	json_bool(&j, "btf", d->btf);
	json_bool(&j, "bpffs", d->bpffs);
	json_str(&j, "cgroup2", known(d->cgroup2));
	json_str(&j, "lockdown", known(d->lockdown));
	json_str(&j, "missing_capabilities", known(missing));
	json_bool(&j, "guard", !d->guard_error);
	if (d->guard_error)
		json_str(&j, "guard_why", known(d->guard_reason));
	json_array(&j, "sources");
	for (size_t i = 0; i < d->nr_sources; i++)
		json_source(&j, &d->sources[i]);
	json_end(&j);
	json_array(&j, "needs");
	for (int i = 0; i < PW_NEED_MAX && !d->error; i++)
		json_finding(&j, &d->need[i]);
	json_end(&j);
	json_end(&j);
	json_line(&j);
	return json_flush(&j);
}

static void add_detail(struct strbuf *out, const char *label, const char *text)
{
	strbuf_adds(out, label);
	/* Words of the kernel and of the verifier are no more to be trusted than others. */
	text_escape(out, text, strlen(text));
	strbuf_addc(out, '\n');
}

static void add_facts(struct strbuf *out, const struct diagnosis *d, const char *missing)
{
	strbuf_addf(out, "kernel        %s %s\n", d->kernel, d->arch);
	strbuf_addf(out, "BTF           %s\n",
		    d->btf ? "yes" : "no: it takes CONFIG_DEBUG_INFO_BTF");
	strbuf_addf(out, "bpffs         %s\n",
		    d->bpffs ? "mounted" : "not mounted: portwatch load mounts it");
	strbuf_addf(out, "cgroup2       %s\n", d->cgroup2[0] ? d->cgroup2 : "not mounted");
	strbuf_addf(out, "lockdown      %s\n", d->lockdown[0] ? d->lockdown : "unknown");
	strbuf_addf(out, "capabilities  %s%s\n", missing[0] ? "missing: " : "sufficient", missing);
	add_detail(out, d->guard_error ? "guard         no: " : "guard         yes",
		   d->guard_error ? d->guard_reason : "");
}

/* How many hooks are not at their best; -v has what each loses, and why. */
static void add_hooks(struct strbuf *out, const struct diagnosis *d)
{
	size_t worse = 0;

	if (d->error)
		return;
	for (int i = 0; i < PW_NEED_MAX; i++)
		worse += d->need[i].loss != NULL;
	if (worse)
		strbuf_addf(out,
			    "hooks         %zu of %d use a fallback; -v says what that costs, and "
			    "why\n",
			    worse, PW_NEED_MAX);
	else
		strbuf_adds(out, "hooks         all at their best\n");
}

static void add_verdict(struct strbuf *out, const struct diagnosis *d, const char *missing)
{
	strbuf_adds(out, "\nverdict       ");
	if (!d->answers)
		strbuf_adds(out,
			    "no answers here: neither sock_diag nor /proc nor BPF may be used");
	else if (d->error && missing[0])
		strbuf_addf(out, "who, list and free answer; no tracker can be loaded without %s",
			    missing);
	else if (d->error)
		strbuf_addf(out, "who, list and free answer; no tracker can be loaded: %s",
			    d->reason);
	else
		strbuf_adds(out, "everything works");
	strbuf_addc(out, '\n');
}

/* The first that works is taken. */
static int print_sources(const struct diagnosis *d, const struct out_opts *out)
{
	static const struct table_column columns[] = {
		{ .title = "FACT" },
		{ .title = "SOURCE" },
		{ .title = "WORKS IN", .rank = 1, .below = true }
	};
	_cleanup_(table_done) struct table t;
	char cell[160], buf[NAMES_ERRNO_LEN];

	table_init(&t, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < d->nr_sources; i++) {
		const struct source_finding *f = &d->sources[i];

		table_cell(&t, f->fact, NULL);
		table_cell(&t, f->name, NULL);
		if (f->works)
			snprintf(cell, sizeof(cell), "%.1f ms", f->ns / 1e6);
		else
			snprintf(cell, sizeof(cell), "refused at %s%s%s%s%s", f->step,
				 f->type ? " " : "", f->type ?: "", f->error ? ": " : "",
				 f->error ? names_errno(-f->error, buf) : "");
		table_cell(&t, cell, f->works ? NULL : COLOR_YELLOW);
	}
	return table_print(&t, stdout, out);
}

static bool same_refusal(const struct refusal *a, const struct refusal *b)
{
	return a->variant == b->variant && !strcmp(a->reason, b->reason);
}

/* Silent about a hook that is at its best. */
static void add_shortcomings(struct strbuf *out, const struct finding *f)
{
	char label[64];

	if (!f->nr_refused && !f->loss)
		return;
	strbuf_addf(out, "\n%s:\n", names_need(f->need));
	for (size_t i = 0; i < f->nr_refused; i++) {
		/* Several functions may have been tried the same way in vain. */
		if (i && same_refusal(&f->refused[i], &f->refused[i - 1]))
			continue;
		snprintf(label, sizeof(label), "  not %s: ", names_variant(f->refused[i].variant));
		add_detail(out, label, f->refused[i].reason);
	}
	if (f->loss)
		add_detail(out, "  loss: ", f->loss);
}

static bool same_cure(const struct diagnosis *d, int i, int j)
{
	return d->need[i].cure && d->need[j].cure && !strcmp(d->need[i].cure, d->need[j].cure);
}

static bool is_told(const struct diagnosis *d, int i)
{
	for (int j = 0; j < i; j++)
		if (same_cure(d, i, j))
			return true;
	return false;
}

/* Add each cure once, and with -v the hooks that get better by it. */
static void add_cures(struct strbuf *out, const struct diagnosis *d, bool detailed)
{
	for (int i = 0; i < PW_NEED_MAX; i++) {
		if (!d->need[i].cure || is_told(d, i))
			continue;
		add_detail(out, detailed ? "\ncure          " : "cure          ", d->need[i].cure);
		for (int j = i; detailed && j < PW_NEED_MAX; j++)
			if (same_cure(d, i, j))
				strbuf_addf(out, "%s %s", j == i ? "              for" : ",",
					    names_need(d->need[j].need));
		strbuf_adds(out, detailed ? "\n" : "");
	}
}

static int print_hook_findings(const struct diagnosis *d, const struct out_opts *out)
{
	struct hook_row rows[PW_NEED_MAX];

	for (int i = 0; i < PW_NEED_MAX; i++)
		rows[i] = (struct hook_row){ (uint8_t)d->need[i].need, (uint8_t)d->need[i].variant,
					     d->need[i].loss != NULL };
	return hooks_table_print(rows, PW_NEED_MAX, stdout, out);
}

/* Print by which way each fact is learnt and each hook is taken, and why not by a better way. */
static int print_detail(const struct diagnosis *d, const struct out_opts *out)
{
	_cleanup_(strbuf_done) struct strbuf text = {};
	int err;

	putchar('\n');
	err = print_sources(d, out);
	if (err || d->error)
		return err;
	putchar('\n');
	err = print_hook_findings(d, out);
	for (int i = 0; i < PW_NEED_MAX; i++)
		add_shortcomings(&text, &d->need[i]);
	return err ?: prose_print(&text, stdout, out);
}

static int print_text(const struct diagnosis *d, const char *missing, const struct out_opts *out)
{
	_cleanup_(strbuf_done) struct strbuf text = {};
	int err;

	add_facts(&text, d, missing);
	if (!out->detailed)
		add_hooks(&text, d);
	err = prose_print(&text, stdout, out);
	if (!err && out->detailed)
		err = print_detail(d, out);
	if (!d->error)
		add_cures(&text, d, out->detailed);
	add_verdict(&text, d, missing);
	if (!err)
		err = prose_print(&text, stdout, out);
	if (!err && fflush(stdout))
		err = -errno;
	return err;
}

static int doctor(const struct command *self, int argc, char **argv)
{
	struct diagnosis diagnosis = {};
	struct common common = {};
	struct tracker_opts opts;
	struct out_opts out;
	char missing[128];
	int err, status;

	if (!common_parse_no_operands(self, NULL, 0, &common, argc, argv, &status))
		return status;
	opts = common_tracker(&common);
	err = doctor_examine(&opts, &diagnosis);
	if (err)
		return fail_tracker(err);

	caps_missing(missing, sizeof(missing));
	out = common_out(&common);
	err = common.json ? print_json(&diagnosis, missing) : print_text(&diagnosis, missing, &out);
	return err ? fail_output(err) : diagnosis.answers ? EXIT_YES : EXIT_NO;
}

static const char *const examples[] = {
	"sudo portwatch doctor\tdoes it work here?",
	"sudo portwatch doctor -v\twhich hooks this kernel takes, and why no better ones",
	"sudo portwatch doctor --json\tfor an inventory of a fleet",
	NULL,
};

const struct command cmd_doctor = {
	.name = "doctor",
	.summary = "show what this kernel allows, and why nothing better",
	.usage = {
		.examples = examples,
		.synopsis = "portwatch doctor [OPTION...]",
		.about = "Tries every source of facts on a socket of its own, and every variant of every "
			 "hook; nothing stays loaded. Exit status: 0 who, list and free work here, 1 they do "
			 "not.",
	},
	.run = doctor,
};
