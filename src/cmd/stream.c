// SPDX-License-Identifier: GPL-2.0-or-later
/* stream: live events, or those of a recording. */
#include "cmd/stream.h"

#include <sys/stat.h>

#include "cmd/fail.h"
#include "flow/lookup.h"
#include "model/filter_opts.h"

#define MAX_SECONDS (366 * 86400)

static const struct opt stream_opts[] = {
	OPT_STRING(0, "record", struct stream_args, record, "FILE",
		   "also write events to FILE (with -q: only there)"),
	OPT_STRING(0, "replay", struct stream_args, replay, "FILE",
		   "show a recording instead of live events; needs no rights"),
	OPT_SECONDS(0, "for", struct stream_args, seconds, 0, MAX_SECONDS, "SECONDS",
		    "stop after this time"),
	OPT_FLAG(0, "all", struct stream_args, all, "also show the end of each TIME-WAIT"),
	OPT_END,
};

/* The end of a TIME-WAIT is news to few, and comes in hundreds: only to who asks. */
static void leave_out_the_usual(const struct stream_args *args, struct filter *filter)
{
	bool chosen = filter->events || (filter->not &&filter->not ->events);

	if (!args->all && !chosen)
		filter->events = ((1u << PW_EV_MAX) - 1) & ~(1u << PW_EV_TIMEWAIT_END);
}

/* Whether two paths are one file: opening it for writing would empty it before it is read. */
static bool same_file(const char *a, const char *b)
{
	struct stat sta, stb;

	return !stat(a, &sta) && !stat(b, &stb) && S_ISREG(sta.st_mode) &&
	       sta.st_dev == stb.st_dev && sta.st_ino == stb.st_ino;
}

static int stream(const struct command *self, int argc, char **argv)
{
	_cleanup_(filter_done) struct filter filter = { .lookup = lookup_system };
	struct stream_args args = {};
	struct opt_set sets[] = {
		{ "Options", stream_opts, &args },
		{ "Filters", filter_opts, &filter },
	};
	int err, status;

	if (!common_parse_filtering(self, sets, ARRAY_SIZE(sets), &filter, &args.common, argc, argv,
				    &status))
		return status;
	if (args.replay && args.record && same_file(args.replay, args.record))
		return fail_usage(self, "a replay cannot be recorded into itself");
	if (args.replay)
		return stream_replay(&args, &filter);
	leave_out_the_usual(&args, &filter);
	err = lookup_default_netns(&filter);
	if (err)
		return fail(err, "cannot tell the own network namespace");
	return stream_live(&args, &filter);
}

static const char *const examples[] = {
	"sudo portwatch\teverything until Ctrl-C",
	"sudo portwatch 8000 -f --for 10s\twhat happens on one port, for ten seconds",
	"sudo portwatch --event bind-failed --json\tfor scripts: one object per line",
	NULL,
};

const struct command cmd_stream = {
	.name = "stream",
	.summary = "show live events of every socket: bind, listen, connect, accept, close, ...",
	.usage = {
		.examples = examples,
		.synopsis = "portwatch [stream] [FILTER...] [OPTION...] [PORT...]",
		.about = "A PORT behind the command is --port PORT. Values separated by commas are "
			 "alternatives, and '!'\nexcludes one; different filters must all match.",
	},
	.opts = stream_opts,
	.run = stream,
};
