// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * verif: what this kernel's verifier has to do for every program that any tier of hooks takes here.
 *
 *	verif		prints a line for each: verif NAME INSTRUCTIONS
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "guard.skel.h"
#include "portwatch.skel.h"
#include "session.skel.h"
#include "tables.skel.h"
#include "track/object.h"
#include "track/register.h"

/* Statistics alone, without the steps: BPF_LOG_STATS, kernel/bpf/verifier.c. Newer kernels have
 * a line for every function besides. */
#define LOG_STATS 4
#define LOG_SIZE (64 * 1024)

static void want(struct bpf_object *o, const struct choice *c)
{
	for (int n = 0; n < PW_NEED_MAX; n++) {
		const struct hook_variant *v;

		if (c->variant[n] < 0)
			continue;
		v = &hooks[n].variants[c->variant[n]];
		for (size_t i = 0; i < HOOK_PROGS && v->progs[i]; i++)
			bpf_program__set_autoload(bpf_object__find_program_by_name(o, v->progs[i]),
						  true);
	}
}

static void log_all(struct bpf_object *o)
{
	struct bpf_program *p;

	bpf_object__for_each_program(p, o) {
		char *log = calloc(1, LOG_SIZE);

		if (!log)
			err(1, "log");
		bpf_program__set_log_level(p, LOG_STATS);
		bpf_program__set_log_buf(p, log, LOG_SIZE);
	}
}

static void print_all(struct bpf_object *o)
{
	struct bpf_program *p;

	bpf_object__for_each_program(p, o) {
		const char *log, *line;
		size_t size;
		unsigned int n;

		if (!bpf_program__autoload(p))
			continue;
		log = bpf_program__log_buf(p, &size);
		line = strstr(log, "processed ");
		if (!line || sscanf(line, "processed %u insns", &n) != 1)
			errx(1, "%s: no statistics from the verifier", bpf_program__name(p));
		printf("verif %s %u\n", bpf_program__name(p), n);
	}
}

static struct portwatch_bpf *load_tracker(void)
{
	struct portwatch_bpf *skel = portwatch_bpf__open();
	static struct choice choice;
	struct bpf_program *p;

	if (!skel)
		err(1, "portwatch");
	bpf_object__for_each_program(p, skel->obj)
		bpf_program__set_autoload(p, false);
	for (enum tier tier = TIER_FENTRY; tier <= TIER_TRACEPOINT; tier++) {
		struct tracker_opts opts = { .tier = tier };

		if (choose_variants(&opts, NULL, false, &choice))
			continue;
		want(skel->obj, &choice);
		skel->rodata->have_cookie_helper = choice.helpers.cookie;
		skel->rodata->have_task_btf = choice.helpers.task_btf;
	}
	log_all(skel->obj);
	if (portwatch_bpf__load(skel))
		err(1, "the tracker does not load");
	print_all(skel->obj);
	return skel;
}

static void share_maps(struct portwatch_bpf *tracker, struct bpf_object *o)
{
	struct bpf_map *m;

	bpf_object__for_each_map(m, o) {
		int fd = bpf_object__find_map_fd_by_name(tracker->obj, bpf_map__name(m));

		if (fd >= 0 && !bpf_map__is_internal(m) && bpf_map__reuse_fd(m, fd))
			err(1, "%s", bpf_map__name(m));
	}
}

/* Programs that a reader brings; its maps are the tracker's. */
static void load_session(struct portwatch_bpf *tracker)
{
	struct session_bpf *skel = session_bpf__open();

	if (!skel)
		err(1, "session");
	share_maps(tracker, skel->obj);
	log_all(skel->obj);
	if (session_bpf__load(skel))
		err(1, "what a reader brings does not load");
	print_all(skel->obj);
	session_bpf__destroy(skel);
}

/* The programs that read tables, each alone: this kernel may not take them all. */
static void load_table_program(struct portwatch_bpf *tracker, const char *name)
{
	struct tables_bpf *skel = tables_bpf__open();
	struct bpf_program *p;

	if (!skel)
		err(1, "tables");
	bpf_object__for_each_program(p, skel->obj)
		bpf_program__set_autoload(p, !strcmp(bpf_program__name(p), name));
	skel->rodata->have_maps = true;
	share_maps(tracker, skel->obj);
	log_all(skel->obj);
	if (tables_bpf__load(skel))
		warn("%s", name);
	else
		print_all(skel->obj);
	tables_bpf__destroy(skel);
}

/* Programs that refuse a bind(), with maps of their own. */
static void load_guard(void)
{
	struct guard_bpf *skel = guard_bpf__open();

	if (!skel)
		err(1, "guard");
	log_all(skel->obj);
	if (guard_bpf__load(skel))
		err(1, "what guards ports does not load");
	print_all(skel->obj);
	guard_bpf__destroy(skel);
}

int main(void)
{
	struct portwatch_bpf *tracker;

	object_set_verbose(false);
	tracker = load_tracker();
	load_session(tracker);
	for (size_t i = 0; i < PROG_MAX; i++)
		load_table_program(tracker, prog_rows[i].name);
	portwatch_bpf__destroy(tracker);
	load_guard();
	return 0;
}
