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
#include "print/json.h"
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

static void print_facts(const struct diagnosis *d, const char *missing)
{
	printf("kernel        %s %s\n", d->kernel, d->arch);
	printf("BTF           %s\n", d->btf ? "yes" : "no: it takes CONFIG_DEBUG_INFO_BTF");
	printf("bpffs         %s\n", d->bpffs ? "mounted" : "not mounted: portwatch load does it");
	printf("cgroup2       %s\n", d->cgroup2[0] ? d->cgroup2 : "not mounted");
	printf("lockdown      %s\n", d->lockdown[0] ? d->lockdown : "unknown");
	printf("capabilities  %s%s\n", missing[0] ? "missing: " : "sufficient", missing);
}

static void print_verdict(const struct diagnosis *d, const char *missing)
{
	if (!d->answers)
		printf("\nverdict       no answers here: neither sock_diag nor /proc nor BPF may be "
		       "used\n");
	else if (d->error && missing[0])
		printf("\nverdict       who, list and free answer; no tracker can be loaded without "
		       "%s\n",
		       missing);
	else if (d->error)
		printf("\nverdict       who, list and free answer; no tracker can be loaded: %s\n",
		       d->reason);
	else
		printf("\nverdict       everything works\n");
}

/* The first that works is taken. */
static int print_sources(const struct diagnosis *d, const struct out_opts *out)
{
	static const struct table_column columns[] = { { .title = "FACT" },
						       { .title = "SOURCE" },
						       { .title = "WORKS IN" } };
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

static void print_detail(const char *label, const char *text)
{
	_cleanup_(strbuf_done) struct strbuf sb = {};

	/* Words of the kernel and of the verifier are no more to be trusted than others. */
	text_escape(&sb, text, strlen(text));
	printf("  %s%s\n", label, strbuf_str(&sb));
}

static bool same_refusal(const struct refusal *a, const struct refusal *b)
{
	return a->variant == b->variant && !strcmp(a->reason, b->reason);
}

/* Silent about a hook that is at its best. */
static void print_shortcomings(const struct finding *f)
{
	char label[64];

	if (!f->nr_refused && !f->loss)
		return;
	printf("\n%s:\n", names_need(f->need));
	for (size_t i = 0; i < f->nr_refused; i++) {
		/* Several functions may have been tried the same way in vain. */
		if (i && same_refusal(&f->refused[i], &f->refused[i - 1]))
			continue;
		snprintf(label, sizeof(label), "not %s: ", names_variant(f->refused[i].variant));
		print_detail(label, f->refused[i].reason);
	}
	if (f->loss)
		print_detail("loss: ", f->loss);
}

/* What a person can do, each once, and what gets better by it. */
static void print_cures(const struct diagnosis *d)
{
	bool done[PW_NEED_MAX] = {};

	for (int i = 0; i < PW_NEED_MAX; i++) {
		const char *cure = d->need[i].cure;

		if (!cure || done[i])
			continue;
		printf("\ncure: %s\n      for", cure);
		for (int j = i; j < PW_NEED_MAX; j++) {
			if (!d->need[j].cure || strcmp(d->need[j].cure, cure) != 0)
				continue;
			printf("%s %s", j == i ? "" : ",", names_need(d->need[j].need));
			done[j] = true;
		}
		putchar('\n');
	}
}

static int print_text(const struct diagnosis *d, const char *missing, const struct out_opts *out)
{
	static const struct table_column columns[] = { { .title = "HOOK" },
						       { .title = "TELLS" },
						       { .title = "THROUGH" } };
	_cleanup_(table_done) struct table t;
	int err = 0;

	print_facts(d, missing);
	putchar('\n');
	err = print_sources(d, out);
	if (!d->error && !err) {
		putchar('\n');
		table_init(&t, columns, ARRAY_SIZE(columns));
		for (int i = 0; i < PW_NEED_MAX; i++) {
			const struct finding *f = &d->need[i];

			table_cell(&t, names_need(f->need), NULL);
			table_cell(&t, names_need_text(f->need), NULL);
			table_cell(&t, names_variant(f->variant), f->loss ? COLOR_YELLOW : NULL);
		}
		err = table_print(&t, stdout, out);
		for (int i = 0; i < PW_NEED_MAX; i++)
			print_shortcomings(&d->need[i]);
		print_cures(d);
	}
	print_verdict(d, missing);
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
	"sudo portwatch doctor\twhich hooks this kernel takes, and why not better ones",
	"sudo portwatch doctor --json\tfor an inventory of a fleet",
	NULL,
};

const struct command cmd_doctor = {
	.name = "doctor",
	.summary = "what this kernel allows, and why not better",
	.usage = {
		.examples = examples,
		.synopsis = "portwatch doctor [OPTION...]",
		.about = "Tries every way to every fact on a socket of its own, and every variant of "
			 "every hook; nothing stays loaded. Exit status: 0 who, list and free answer "
			 "here, 1 they do not.",
	},
	.run = doctor,
};
