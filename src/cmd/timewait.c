// SPDX-License-Identifier: GPL-2.0-or-later
/* timewait: who makes TIME-WAIT, where it goes, and when local ports run out. */
#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/sleep.h"
#include "cmd/common.h"
#include "cmd/fail.h"
#include "flow/churn_query.h"
#include "flow/lookup.h"
#include "flow/source.h"
#include "model/filter_opts.h"
#include "print/churn_print.h"
#include "sys/signals.h"

#define MAX_INTERVAL 3600

struct timewait_args {
	struct common common;
	double interval;
	int view;  /* enum churn_view */
	int order; /* enum churn_order */
	uint32_t count, top;
	bool once;
};

static const char *const views[] = { "port", "peer", "process", "pid", "all", NULL };
static const char *const orders[] = { "current", "rate", NULL };

static const struct opt timewait_opts[] = {
	OPT_SECONDS('i', "interval", struct timewait_args, interval, 0, MAX_INTERVAL, "SECONDS",
		    "refresh at this interval (default 2)"),
	OPT_CHOICE(0, "by", struct timewait_args, view, views, "port|peer|process|pid",
		   "show only this table (default: all but pid)"),
	OPT_CHOICE(0, "sort", struct timewait_args, order, orders, "current|rate",
		   "sort by the number of sockets (default) or of new ones per second"),
	OPT_U32('n', "count", struct timewait_args, count, 1, UINT32_MAX, "N",
		"stop after this many refreshes"),
	OPT_U32(0, "top", struct timewait_args, top, 1, UINT32_MAX, "N",
		"print N rows a table (default: 10 on a terminal, else all)"),
	OPT_FLAG(0, "once", struct timewait_args, once, "print once and stop"),
	OPT_END,
};

static int show(const struct timewait_args *args, const struct churn *churn, uint32_t nr)
{
	struct out_opts out = common_out(&args->common);
	struct churn_print_opts how = {
		.view = args->view,
		.order = args->order,
		.follows = nr > 0,
		.top = args->top,
	};

	return out.json ? churn_json(churn, &how, &out, stdout) :
			  churn_text(churn, &how, &out, stdout);
}

/* Until the next look is due; looks do not drift. True: asked to end. */
static bool pause_until(uint64_t at_ns, int signal_fd, int gone_fd)
{
	struct pollfd fds[] = {
		{ .fd = signal_fd, .events = POLLIN },
		{ .fd = STDOUT_FILENO }, /* only to hear that the other end is closed */
		{ .fd = gone_fd, .events = POLLIN },
	};

	while (!signals_came() && clock_boot_ns() < at_ns) {
		if (sleep_until(fds, ARRAY_SIZE(fds), at_ns, NULL) < 0 ||
		    fds[1].revents & (POLLERR | POLLHUP))
			return true;
		if (fds[2].revents)
			break; /* the next look will say so */
	}
	return signals_came();
}

static int watch(const struct timewait_args *args, struct tracker *tracker,
		 const struct filter *filter, int signal_fd)
{
	_cleanup_(churn_done) struct churn churn;
	uint64_t interval = (uint64_t)(args->interval * NSEC_PER_SEC), next = clock_boot_ns(), now;
	uint32_t looks = args->once ? 1 : args->count;
	int err;

	churn_init(&churn);
	for (uint32_t nr = 0; !looks || nr < looks; nr++) {
		if (nr && pause_until(next, signal_fd, tracker_gone_fd(tracker)))
			break;
		next += interval;
		now = clock_boot_ns();
		/* Intervals that were slept through are not made up for. */
		if (next < now)
			next = now + interval;
		err = churn_query(tracker, filter, interval, &churn);
		/* Counters that no hook moves any more tell no rates. */
		if (!err)
			err = tracker_still_there(tracker);
		if (err)
			return fail_tracker(err);
		err = show(args, &churn, nr);
		if (err)
			return fail_output(err);
	}
	return EXIT_YES;
}

static int timewait(const struct command *self, int argc, char **argv)
{
	_cleanup_(filter_done) struct filter filter = { .lookup = lookup_system };
	_cleanup_(tracker_free_p) struct tracker *tracker = NULL;
	struct timewait_args args = { .interval = 2, .view = CHURN_ALL };
	struct opt_set sets[] = {
		{ "Options", timewait_opts, &args },
		{ "Filters", filter_socket_opts, &filter },
	};
	int err, signal_fd, status;

	if (!common_parse_filtering(self, sets, ARRAY_SIZE(sets), &filter, &args.common, argc, argv,
				    &status))
		return status;
	if (args.interval < 0.1)
		return fail_usage(self, "--interval must be at least 0.1 s");
	err = lookup_default_netns(&filter);
	if (err)
		return fail(err, "cannot tell the own network namespace");
	signal_fd = signals_open();
	if (signal_fd < 0)
		return fail(signal_fd, "cannot wait for signals");
	/* A tracker of our own knows nothing of the past, so it is of use only to go on looking. */
	err = common_open(&args.common, args.once ? TRACKER_SNAPSHOT : TRACKER_LIVE, &tracker);
	if (!err)
		err = source_filter(tracker, &filter);
	return err ? fail_tracker(err) : watch(&args, tracker, &filter, signal_fd);
}

static const char *const examples[] = {
	"sudo portwatch timewait\tlive, every 2 s",
	"sudo portwatch timewait --once --by pid\twhich process left the most",
	"sudo portwatch timewait --by peer --sort rate\twhere ephemeral ports go",
	NULL,
};

const struct command cmd_timewait = {
	.name = "timewait",
	.summary = "show TIME-WAIT by port, peer and process, and when ports run out",
	.usage = {
		.examples = examples,
		.synopsis = "portwatch timewait [FILTER...] [OPTION...] [PORT...]",
		.about = "The first rates, and those of --once, are estimated from the sockets that are still "
			 "there.\nForecasts assume that the rates stay.",
	},
	.opts = timewait_opts,
	.run = timewait,
};
