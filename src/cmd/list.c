// SPDX-License-Identifier: GPL-2.0-or-later
/* list: every port in use, listening first. */
#include <errno.h>

#include "base/cleanup.h"
#include "cmd/ask.h"
#include "cmd/common.h"
#include "cmd/fail.h"
#include "cmd/lookup.h"
#include "cmd/source.h"
#include "model/filter_opts.h"

static int list(const struct command *self, int argc, char **argv)
{
	_cleanup_(filter_done) struct filter filter = { .lookup = lookup_system };
	_cleanup_(answer_done) struct answer answer = {};
	_cleanup_(tracker_free_p) struct tracker *tracker = NULL;
	_cleanup_(sink_free_p) struct sink *sink = NULL;
	struct opt_set sets[] = { { "Filters", filter_socket_opts, &filter } };
	struct common common = {};
	struct out_opts out;
	int err, status;

	if (!common_parse_no_operands(self, sets, ARRAY_SIZE(sets), &common, argc, argv, &status))
		return status;
	err = lookup_default_netns(&filter);
	if (err)
		return fail(err, "cannot tell the own network namespace");

	answer_init(&answer);
	err = source_open(&common, TRACKER_SNAPSHOT, &tracker);
	if (!err)
		err = source_filter(tracker, &filter);
	if (!err)
		err = ask(tracker, &filter, true, &answer);
	if (err)
		return fail_tracker(err);

	out = common_out(&common);
	err = sink_new_answer(&out, stdout, &sink);
	if (!err)
		err = sink_answer(sink, &answer, VIEW_LIST);
	return err ? fail_output(err) : EXIT_YES;
}

static const char *const examples[] = {
	"portwatch list --listening\twhat others can connect to",
	"portwatch list --user www-data\teverything of one user",
	"portwatch list --state ESTABLISHED --peer 10.0.0.5:5432\tconnections to one server",
	NULL,
};

const struct command cmd_list = {
	.name = "list",
	.summary = "every port in use, listening first",
	.usage = {
		.examples = examples,
		.synopsis = "portwatch list [FILTER...] [OPTION...]",
		.about = "Several values of one filter are alternatives; different filters all "
			 "must hold.",
	},
	.opts = filter_socket_opts,
	.run = list,
};
