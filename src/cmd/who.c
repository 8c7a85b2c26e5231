// SPDX-License-Identifier: GPL-2.0-or-later
/* who: who holds these ports, in which state, and why are they busy? */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cmd/common.h"
#include "cmd/fail.h"
#include "cmd/operands.h"
#include "flow/ask.h"
#include "flow/lookup.h"
#include "flow/portguard_note.h"
#include "flow/source.h"
#include "model/filter_opts.h"
#include "model/verdict.h"
#include "print/pids_text.h"
#include "print/prose.h"
#include "sys/netns.h"
#include "sys/proc.h"

struct who_args {
	struct common common;
	struct filter filter;
	bool pids, table;
};

static void args_done(struct who_args *args)
{
	filter_done(&args->filter);
}

static const struct opt who_opts[] = {
	OPT_FLAG('t', "pids", struct who_args, pids, "print only process IDs, one per line"),
	OPT_FLAG(0, "table", struct who_args, table,
		 "print a row for each socket, even for a single port"),
	OPT_END,
};

/* Whether the verdict counts: with --netns, a port held in another namespace only was not asked
 * about. */
static bool is_asked_for(const struct filter *f, const struct answer *a, const struct verdict *v)
{
	return v->why != WHY_OTHER_NETNS || !f->nr_netns || f->netns_all || a->nr_sockets;
}

static bool any_busy(const struct filter *f, const struct answer *a)
{
	for (size_t i = 0; i < a->nr_verdicts; i++)
		if (verdict_is_busy(&a->verdicts[i]) && is_asked_for(f, a, &a->verdicts[i]))
			return true;
	return false;
}

/* "3000-3010 http", as it was typed. */
static void add_words(struct strbuf *out, const struct opt_operands *o)
{
	for (size_t i = 0; i < o->nr_words; i++) {
		strbuf_adds(out, i ? " " : "");
		text_escape(out, o->words[i], strlen(o->words[i]));
	}
}

static bool has_range(const struct portspec *p)
{
	for (size_t i = 0; i < p->nr; i++)
		if (p->ranges[i].first != p->ranges[i].last)
			return true;
	return false;
}

/* Of a range the busy ports are listed, by one verdict or two. Returns how many ports these are. */
static size_t keep_busy(struct answer *a)
{
	size_t kept = 0, ports = 0;

	for (size_t i = 0; i < a->nr_verdicts; i++) {
		struct verdict *v = &a->verdicts[i];

		if (!verdict_is_busy(v)) {
			verdict_done(v);
			continue;
		}
		ports += !kept || a->verdicts[kept - 1].port != v->port;
		a->verdicts[kept++] = *v;
	}
	a->nr_verdicts = kept;
	return ports;
}

/* Print a line about the ports of a range that are not in use. */
static int print_rest(const struct opt_operands *o, size_t asked, size_t busy,
		      const struct out_opts *opts)
{
	_cleanup_(strbuf_done) struct strbuf text = {};
	int err;

	if (busy == asked)
		return 0;
	add_words(&text, o);
	if (!busy)
		strbuf_addf(&text, ": none of these %zu ports is in use\n", asked);
	else
		strbuf_addf(&text, ": the other %zu port%s not in use\n", asked - busy,
			    asked - busy == 1 ? " is" : "s are");
	err = prose_print(&text, stdout, opts);
	return err ?: fflush(stdout) ? -errno : 0;
}

static int show(const struct who_args *args, const struct opt_operands *o, struct answer *a)
{
	_cleanup_(sink_free_p) struct sink *sink = NULL;
	const struct portspec *ports = &args->filter.ports;
	bool sums_up = has_range(ports) && !args->common.json;
	struct out_opts out = common_out(&args->common);
	size_t busy = 0;
	int err = 0;

	if (common_is_quiet(&args->common))
		return 0;
	if (args->pids)
		return pids_text(a, stdout);
	out.as_table = args->table || sums_up;
	if (sums_up)
		busy = keep_busy(a);
	/* Neither a row of the table nor a pipe has it. */
	if (out.json || (out.width && !out.as_table))
		err = ask_describe_holders(a, PROC_PLACE | PROC_PARENTS);
	if (!err)
		err = sink_new_answer(&out, stdout, &sink);
	if (!err)
		err = sink_answer(sink, a, VIEW_WHO);
	if (!err && sums_up && out.header)
		err = print_rest(o, portspec_count(ports), busy, &out);
	return err;
}

/* For whom a port is guarded, in the namespace that the verdicts are about. */
static int note_guards(const struct who_args *args, struct answer *a)
{
	const struct filter *f = &args->filter;
	uint32_t netns = 0;

	if (!f->netns_all && f->nr_netns == 1)
		netns = f->netns[0];
	else if (netns_self(&netns))
		return 0;
	return portguard_note(args->common.pin_dir, netns, a);
}

static int answer_who(struct who_args *args, const struct opt_operands *o)
{
	_cleanup_(answer_done) struct answer answer = {};
	_cleanup_(tracker_free_p) struct tracker *tracker = NULL;
	bool busy;
	int err;

	answer_init(&answer);
	err = common_open(&args->common, TRACKER_SNAPSHOT, &tracker);
	if (!err)
		err = source_filter(tracker, &args->filter);
	if (!err)
		err = ask(tracker, &args->filter, false, &answer);
	if (!err)
		err = note_guards(args, &answer);
	if (err)
		return fail_tracker(err);
	busy = any_busy(&args->filter, &answer);
	err = show(args, o, &answer);
	if (err && err != -EPIPE)
		return fail_output(err);
	if (busy)
		return EXIT_YES;
	return verdict_any_unknown(&answer) ? EXIT_FAILED : EXIT_NO;
}

static int who(const struct command *self, int argc, char **argv)
{
	_cleanup_(args_done) struct who_args args = { .filter = { .lookup = lookup_system } };
	struct opt_set sets[] = {
		{ "Options", who_opts, &args },
		{ "Sockets", filter_place_opts, &args.filter },
	};
	struct opt_operands operands;
	int err, status;

	if (!common_parse(self, sets, ARRAY_SIZE(sets), &args.common, argc, argv, &operands,
			  &status))
		return status;
	if (!operands.nr_words)
		return fail_usage(self, "which port? Give a number, a range or a service name");
	if (args.pids && args.common.json)
		return fail_usage(self, "--pids and --json are two outputs: choose one");
	if (!operands_read(self, &operands, &args.filter, &status))
		return status;
	err = lookup_default_netns(&args.filter);
	if (err)
		return fail(err, "cannot tell the own network namespace");
	return answer_who(&args, &operands);
}

static const char *const examples[] = {
	"portwatch 8000\twho holds port 8000",
	"portwatch 80,443/tcp 3000-3010\tseveral ports and ranges",
	"kill $(portwatch -t 8000)\tonly the process IDs",
	"portwatch --json http\tfor scripts",
	NULL,
};

const struct command cmd_who = {
	.name = "who",
	.summary = "show who holds a port, in which state, and why it is busy",
	.usage = {
		.examples = examples,
		.synopsis = "portwatch [who] [OPTION...] PORT...",
		.about = "PORT: 8000, 8000/tcp, 53/udp, 3000-3010, http, :8000, 127.0.0.1:8000, "
			 "[::1]:8000,\nlocalhost:8000, tcp:8000, http://localhost:8000/.\nExit status: 0 a port is busy, 1 all are free.",
	},
	.opts = who_opts,
	.run = who,
};
