// SPDX-License-Identifier: GPL-2.0-or-later
/* list: every port in use, listening first. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/guess.h"
#include "base/log.h"
#include "cmd/common.h"
#include "cmd/fail.h"
#include "flow/ask.h"
#include "flow/lookup.h"
#include "flow/source.h"
#include "model/answer_order.h"
#include "model/filter_opts.h"
#include "print/answer_table.h"
#include "print/pids_text.h"
#include "print/table.h"
#include "sys/proc.h"

struct list_args {
	struct common common;
	struct filter filter;
	bool pids;
	int order; /* enum answer_order */
	unsigned char columns[TABLE_MAX_COLUMNS];
	size_t nr_columns;
};

static void args_done(struct list_args *args)
{
	filter_done(&args->filter);
}

/* The nearest, or all of them. */
static void suggest_column(struct strbuf *why, const char *name, size_t len)
{
	struct guess g = { .word = name, .len = len };

	for (size_t i = 0; answer_columns[i]; i++)
		guess_offer(&g, answer_columns[i]);
	if (guess_best(&g)) {
		strbuf_addf(why, "did you mean %s?", guess_best(&g));
		return;
	}
	strbuf_adds(why, "choose among");
	for (size_t i = 0; answer_columns[i]; i++)
		strbuf_addf(why, "%s %s", i ? "," : "", answer_columns[i]);
}

static int add_column(struct list_args *args, const char *name, size_t len, struct strbuf *why)
{
	for (unsigned char i = 0; answer_columns[i]; i++) {
		if (strlen(answer_columns[i]) != len || strncasecmp(answer_columns[i], name, len))
			continue;
		if (args->nr_columns == ARRAY_SIZE(args->columns)) {
			strbuf_adds(why, "--columns: too many columns");
			return -EINVAL;
		}
		args->columns[args->nr_columns++] = i;
		return 0;
	}
	strbuf_addf(why, "--columns: '%.*s' is not a column: ", (int)len, name);
	suggest_column(why, name, len);
	return -EINVAL;
}

static int parse_columns(void *base, const struct opt *o, const char *value, struct strbuf *why)
{
	int err = 0;

	(void)o;
	while (!err) {
		size_t len = strcspn(value, ",");

		err = add_column(base, value, len, why);
		if (!value[len])
			break;
		value += len + 1;
	}
	return err;
}

static const struct opt list_opts[] = {
	OPT_FLAG('t', "pids", struct list_args, pids, "print only process IDs, one per line"),
	OPT_CHOICE(0, "sort", struct list_args, order, answer_orders, "KEY",
		   "sort by port (default, listening first), process, pid, user, state, age or "
		   "unit"),
	{
		.kind = OPT_KIND_CALL,
		.long_name = "columns",
		.value = "LIST",
		.choices = answer_columns,
		.call = parse_columns,
		.help = "show these columns in this order, such as local,pid,directory,command",
	},
	OPT_END,
};

/* Is the directory shown, which is asked of each process? */
static bool shows_place(const struct list_args *args)
{
	for (size_t i = 0; i < args->nr_columns; i++)
		if (!strcmp(answer_columns[args->columns[i]], "directory"))
			return true;
	return args->common.json;
}

static int show(const struct list_args *args, const struct answer *a)
{
	_cleanup_(sink_free_p) struct sink *sink = NULL;
	struct out_opts out = common_out(&args->common);
	int err;

	out.columns = args->columns;
	out.nr_columns = args->nr_columns;

	if (common_is_quiet(&args->common))
		return 0;
	if (args->pids)
		return pids_text(a, stdout);
	err = sink_new_answer(&out, stdout, &sink);
	return err ? err : sink_answer(sink, a, VIEW_LIST);
}

static int nothing_found(const struct filter *f)
{
	_cleanup_(strbuf_done) struct strbuf said = {};

	filter_describe(f, &said);
	if (said.len)
		log_warn("nothing matches %s", strbuf_str(&said));
	else
		log_warn("no port is in use");
	return EXIT_NO;
}

static int answer_list(struct list_args *args)
{
	_cleanup_(answer_done) struct answer answer = {};
	_cleanup_(tracker_free_p) struct tracker *tracker = NULL;
	int err;

	answer_init(&answer);
	err = common_open(&args->common, TRACKER_SNAPSHOT, &tracker);
	if (!err)
		err = source_filter(tracker, &args->filter);
	if (!err)
		err = ask(tracker, &args->filter, true, &answer);
	if (!err && shows_place(args))
		err = ask_describe_holders(&answer,
					   PROC_PLACE | (args->common.json ? PROC_PARENTS : 0));
	if (err)
		return fail_tracker(err);
	err = answer_order(&answer, args->order);
	if (err)
		return fail(err, "cannot sort");
	/* JSON is a document also if it has no sockets. */
	err = answer.nr_sockets || args->common.json ? show(args, &answer) : 0;
	if (err && err != -EPIPE)
		return fail_output(err);
	return answer.nr_sockets ? EXIT_YES : nothing_found(&args->filter);
}

static int list(const struct command *self, int argc, char **argv)
{
	_cleanup_(args_done) struct list_args args = { .filter = { .lookup = lookup_system } };
	struct opt_set sets[] = {
		{ "Options", list_opts, &args },
		{ "Filters", filter_socket_opts, &args.filter },
	};
	int err, status;

	if (!common_parse_filtering(self, sets, ARRAY_SIZE(sets), &args.filter, &args.common, argc,
				    argv, &status))
		return status;
	if (args.pids && args.common.json)
		return fail_usage(self, "--pids and --json are two outputs: choose one");
	err = lookup_default_netns(&args.filter);
	if (err)
		return fail(err, "cannot tell the own network namespace");
	return answer_list(&args);
}

static const char *const examples[] = {
	"portwatch list --listening\twhat others can connect to",
	"portwatch list --columns local,pid,user,command\twho runs what",
	"portwatch list --comm nginx,node --port '!22'\ttwo commands, not their port 22",
	"portwatch list --peer 10.0.0.5:5432\tconnections to one server",
	NULL,
};

const struct command cmd_list = {
	.name = "list",
	.summary = "show every port in use, listening first",
	.usage = {
		.examples = examples,
		.synopsis = "portwatch list [FILTER...] [OPTION...] [PORT...]",
		.about = "A PORT is --port PORT. Values separated by commas are alternatives, and '!' "
			 "excludes one;\ndifferent filters must all match.\nExit status: 0 found, 1 nothing "
			 "matches.",
	},
	.opts = list_opts,
	.run = list,
};
