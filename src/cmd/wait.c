// SPDX-License-Identifier: GPL-2.0-or-later
/* wait: return when ports are listened on, or free. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "cmd/common.h"
#include "cmd/fail.h"
#include "cmd/operands.h"
#include "cmd/start.h"
#include "flow/ask.h"
#include "flow/lookup.h"
#include "flow/source.h"
#include "flow/until.h"
#include "model/filter_opts.h"
#include "model/names.h"
#include "model/verdict.h"
#include "print/when.h"
#include "sys/netns.h"
#include "sys/signals.h"

#define MAX_TIMEOUT (366 * 86400)

struct wait_args {
	struct common common;
	struct filter filter;
	int goal;	/* enum goal */
	double timeout; /* -1: none */
	bool any;
};

static const char *const goals[] = { "listen", "free", NULL };

static const struct opt wait_opts[] = {
	OPT_CHOICE(0, "for", struct wait_args, goal, goals, "listen|free",
		   "wait until a server listens (default; UDP: binds), or until the port is free"),
	OPT_SECONDS('t', "timeout", struct wait_args, timeout, 0, MAX_TIMEOUT, "SECONDS",
		    "give up after this time, with exit status 1"),
	OPT_FLAG(0, "any", struct wait_args, any, "return as soon as one of the ports is ready"),
	OPT_END,
};

/* The namespace to wait in, 0 for all. */
static int wanted_netns(const struct filter *f, uint32_t *ret)
{
	if (f->netns_all) {
		*ret = 0;
		return 0;
	}
	if (f->nr_netns) {
		*ret = f->netns[0];
		return 0;
	}
	return netns_self(ret);
}

/* As text nobody wants to read that UDP is free where a TCP server came up. */
static void keep_listening(const struct until *u, struct answer *a)
{
	size_t kept = 0;

	for (size_t i = 0; i < a->nr_verdicts; i++) {
		struct verdict *v = &a->verdicts[i];
		bool listens = false;

		for (size_t k = 0; k < a->nr_sockets && !listens; k++)
			listens = a->sockets[k].s.lport == v->port &&
				  a->sockets[k].s.proto == v->proto &&
				  until_listens(u, &a->sockets[k]);
		if (listens)
			a->verdicts[kept++] = *v;
		else
			verdict_done(v);
	}
	a->nr_verdicts = kept;
}

static int show(const struct common *common, const struct until *u, struct answer *a)
{
	_cleanup_(sink_free_p) struct sink *sink = NULL;
	struct out_opts out = common_out(common);
	int err;

	if (common->quiet)
		return 0;
	if (u->goal == GOAL_LISTEN && !out.json)
		keep_listening(u, a);
	err = ask_describe(a);
	if (!err)
		err = sink_new_answer(&out, stdout, &sink);
	return err ? err : sink_answer(sink, a, VIEW_WAIT);
}

/* Why it has not come to it: the first port that still is not what it should be. */
static void tell_timeout(const struct wait_args *args, const struct until *u,
			 const struct answer *a)
{
	for (size_t i = 0; u->goal == GOAL_FREE && i < a->nr_verdicts; i++) {
		const struct verdict *v = &a->verdicts[i];
		char span[WHEN_AGO_LEN];

		if (v->bindable)
			continue;
		when_span(v->frees_in_ms * 1000000, span);
		log_error("%u/%s: not free after %g s: %s%s%s", v->port, names_proto(v->proto),
			  args->timeout, v->hint ? v->hint : names_why(v->why),
			  v->has_frees_in ? "; free in " : "", v->has_frees_in ? span : "");
		return;
	}
	_cleanup_(strbuf_done) struct strbuf ports = {};

	portspec_describe(&args->filter.ports, &ports);
	log_error("%s: still not listening after %g s", strbuf_str(&ports), args->timeout);
}

static int finish(const struct wait_args *args, const struct until *u, struct answer *a, int r)
{
	int err = 0;

	if (r < 0 && r != -EINTR)
		return fail_tracker(r);
	if (r == 1 || (r == 0 && args->common.json))
		err = show(&args->common, u, a);
	if (r == 0 && !args->common.quiet)
		tell_timeout(args, u, a);
	if (err && err != -EPIPE)
		return fail_output(err);
	return r == 1 ? EXIT_YES : verdict_any_unknown(a) ? EXIT_FAILED : EXIT_NO;
}

static const char *reached(const struct until *u)
{
	return u->goal == GOAL_LISTEN ? "the port is listened on" : "the port is free";
}

/*
 * To take a ring from the tracker, or to end programs of our own, takes the kernel ten to some
 * hundred milliseconds (grace periods of RCU). Our caller need not wait for that: a child that has
 * our descriptors does it once we are gone, and ends.
 */
static void leave_behind(struct until *u, int status, char **command)
{
	int alive[2];
	pid_t child;
	char c;

	if (!u->events.reader || fflush(stdout) || pipe2(alive, O_CLOEXEC))
		return;
	child = fork();
	if (child > 0) {
		reader_give_to(u->events.reader, child);
		_exit(command ? start_command(command, reached(u)) : status);
	}
	close(alive[1]);
	if (child == 0) {
		for (int fd = 0; fd <= 2; fd++)
			close(fd);
		if (read(alive[0], &c, 1) <= 0) {
			reader_free(u->events.reader);
			_exit(0);
		}
	}
	close(alive[0]);
}

static int run(struct wait_args *args, char **command)
{
	_cleanup_(answer_done) struct answer answer = {};
	_cleanup_(tracker_free_p) struct tracker *tracker = NULL;
	struct until until = {
		.filter = &args->filter,
		.goal = args->goal,
		.any = args->any,
	};
	int err, status;

	if (args->timeout >= 0)
		until.deadline_ns = clock_boot_ns() + (uint64_t)(args->timeout * 1e9) + 1;
	until.signal_fd = signals_open();
	if (until.signal_fd < 0)
		return fail(until.signal_fd, "cannot wait for signals");
	err = wanted_netns(&args->filter, &until.netns);
	if (err)
		return fail(err, "cannot tell the own network namespace");
	err = common_open(&args->common, TRACKER_LIVE, &tracker);
	if (err && !common_open(&args->common, TRACKER_SNAPSHOT, &tracker)) {
		log_verbose("no events of a tracker: polling");
		err = 0;
	}
	if (err)
		return fail_tracker(err);
	until.tracker = tracker;
	answer_init(&answer);
	status = finish(args, &until, &answer, until_reached(&until, &answer));
	if (status != EXIT_YES)
		command = NULL;
	leave_behind(&until, status, command);
	events_done(&until.events);
	return command ? start_command(command, reached(&until)) : status;
}

/* True: the arguments make sense. */
static bool parse(const struct command *self, struct wait_args *args, int argc, char **argv,
		  struct opt_operands *ret, int *ret_status)
{
	struct opt_set sets[] = {
		{ "Options", wait_opts, args },
		{ "Sockets", filter_own_place_opts, &args->filter },
	};

	if (!common_parse(self, sets, ARRAY_SIZE(sets), &args->common, argc, argv, ret,
			  ret_status) ||
	    !operands_read(self, ret, &args->filter, ret_status))
		return false;
	if (!ret->nr_words)
		*ret_status =
			fail_usage(self, "which port? Give a number, a range or a service name");
	else if (args->filter.nr_netns > 1)
		*ret_status = fail_usage(self, "one network namespace at a time, or --netns all");
	else if (ret->rest && !ret->nr_rest)
		*ret_status = fail_usage(self, "which command? Nothing follows '--'");
	else
		return true;
	return false;
}

static int wait_for(const struct command *self, int argc, char **argv)
{
	struct wait_args args = { .filter = { .lookup = lookup_system },
				  .goal = GOAL_LISTEN,
				  .timeout = -1 };
	struct opt_operands operands = {};
	int status;

	if (parse(self, &args, argc, argv, &operands, &status))
		status = run(&args, operands.nr_rest ? operands.rest : NULL);
	filter_done(&args.filter);
	return status;
}

static const char *const examples[] = {
	"portwatch wait 5432 -- psql\tstart psql when the database is up",
	"portwatch wait 8000 --for free -t 90\tuntil it can be bound, TIME-WAIT included",
	"portwatch wait 80,443/tcp --any -t 1m\tuntil one of them is listened on",
	NULL,
};

const struct command cmd_wait = {
	.name = "wait",
	.summary = "wait until a port is listened on, or free, without polling",
	.usage = {
		.examples = examples,
		.synopsis = "portwatch wait PORT... [OPTION...] [-- COMMAND...]",
		.about = "Waits until all ports are listened on, or free; then runs COMMAND. Without a "
			 "protocol,\nTCP or UDP will do for listen, both must be free. --json prints "
			 "what who prints.\nExit status: 0 it is so (perhaps it already was), 1 timed out.",
	},
	.opts = wait_opts,
	.run = wait_for,
	.keep_rest = true,
};
