// SPDX-License-Identifier: GPL-2.0-or-later
/* who: who holds these ports, in which state, and why are they busy? */
#include <errno.h>

#include "base/cleanup.h"
#include "cmd/ask.h"
#include "cmd/common.h"
#include "cmd/fail.h"
#include "cmd/lookup.h"
#include "cmd/source.h"
#include "model/filter_opts.h"
#include "model/verdict.h"

/* One who names namespaces does not ask about the others. */
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

static int who(const struct command *self, int argc, char **argv)
{
	_cleanup_(filter_done) struct filter filter = { .lookup = lookup_system };
	_cleanup_(answer_done) struct answer answer = {};
	_cleanup_(tracker_free_p) struct tracker *tracker = NULL;
	_cleanup_(sink_free_p) struct sink *sink = NULL;
	_cleanup_(strbuf_done) struct strbuf why = {};
	struct opt_set sets[] = { { "Options", filter_place_opts, &filter } };
	struct opt_operands operands;
	struct common common = {};
	struct out_opts out;
	int err = 0, status;

	if (!common_parse(self, sets, ARRAY_SIZE(sets), &common, argc, argv, &operands, &status))
		return status;
	if (!operands.nr_words)
		return fail_usage(self, "which port? Give a number, a range or a service name");
	for (size_t i = 0; i < operands.nr_words && !err; i++)
		err = filter_add(&filter, FILTER_PORT, operands.words[i], &why);
	if (err == -EINVAL)
		return fail_usage(self, strbuf_str(&why));
	if (!err)
		err = lookup_default_netns(&filter);
	if (err)
		return fail(err, "cannot read the arguments");

	answer_init(&answer);
	err = source_open(&common, TRACKER_SNAPSHOT, &tracker);
	if (!err)
		err = source_filter(tracker, &filter);
	if (!err)
		err = ask(tracker, &filter, false, &answer);
	if (err)
		return fail_tracker(err);

	out = common_out(&common);
	err = sink_new_answer(&out, stdout, &sink);
	if (!err)
		err = sink_answer(sink, &answer, VIEW_WHO);
	if (err && err != -EPIPE)
		return fail_output(err);
	if (any_busy(&filter, &answer))
		return EXIT_YES;
	/* One that is bound and does nothing yet takes the port all the same. */
	return answer.unknown & UNKNOWN_BOUND ? EXIT_FAILED : EXIT_NO;
}

static const char *const examples[] = {
	"portwatch 8000\twho holds port 8000",
	"portwatch 80,443/tcp 3000-3010\tseveral ports and ranges",
	"portwatch --json http\tfor scripts",
	NULL,
};

const struct command cmd_who = {
	.name = "who",
	.summary = "who holds a port, in which state, and why it is busy",
	.usage = {
		.examples = examples,
		.synopsis = "portwatch [who] [OPTION...] PORT...",
		.about = "PORT: 8000, 8000/tcp, 53/udp, 3000-3010, http, :8000, 127.0.0.1:8000, "
			 "[::1]:8000.\nExit status: 0 a port is busy, 1 all are free.",
	},
	.opts = filter_place_opts,
	.run = who,
};
