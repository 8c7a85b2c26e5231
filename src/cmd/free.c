// SPDX-License-Identifier: GPL-2.0-or-later
/* free: end who holds these ports, and prove that they are free. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cmd/again.h"
#include "cmd/common.h"
#include "cmd/fail.h"
#include "cmd/free_face.h"
#include "cmd/free_signals.h"
#include "cmd/operands.h"
#include "cmd/start.h"
#include "flow/free.h"
#include "flow/lookup.h"
#include "flow/source.h"
#include "model/filter_opts.h"
#include "model/plan_ports.h"
#include "model/signame.h"
#include "print/free_report.h"
#include "print/pids_text.h"
#include "sys/netns.h"
#include "sys/signals.h"

struct free_args {
	struct common common;
	struct filter filter;
	int signal;
	double grace, timeout, observe; /* < 0: not given */
	bool no_escalate, interactive, dry_run, list_signals, pids;
	bool listening, close, timewait, force, strict;
};

static void add_no_signal(struct strbuf *why, const char *value)
{
	const char *nearest = signame_nearest(value);

	strbuf_addf(why, "no such signal: '%s'", value);
	if (nearest)
		strbuf_addf(why, ": did you mean %s?", nearest);
	else
		strbuf_adds(why, "; -l lists them");
}

static int set_signal(void *base, const struct opt *o, const char *value, struct strbuf *why)
{
	struct free_args *args = base;
	int sig = signame_parse(value, strlen(value));

	(void)o;
	if (sig < 0) {
		add_no_signal(why, value);
		return -EINVAL;
	}
	args->signal = sig;
	return 0;
}

/* -TERM, -SIGTERM, -9 */
static int unknown(void *arg, const char *word, struct strbuf *why)
{
	struct free_args *args = arg;
	int sig = signame_parse(word + 1, strlen(word + 1));

	(void)why;
	if (sig < 0)
		return 0;
	args->signal = sig;
	return 1;
}

static const struct opt free_opts[] = {
	OPT_CALL('s', "signal", set_signal, 0, "SIG",
		 "send this signal instead of TERM; also -TERM, -SIGTERM, -9"),
	OPT_SECONDS('t', "grace", struct free_args, grace, 0, 86400, "SECONDS",
		    "send KILL after this time (default 3; never after HUP, USR1, ...)"),
	OPT_FLAG(0, "no-escalate", struct free_args, no_escalate, "never send KILL"),
	OPT_FLAG('i', "interactive", struct free_args, interactive,
		 "ask before stopping each process"),
	OPT_FLAG('n', "dry-run", struct free_args, dry_run,
		 "show what would be done, and do nothing"),
	OPT_FLAG(0, "pids", struct free_args, pids,
		 "with -n: print only process IDs, one per line"),
	OPT_FLAG('l', "list-signals", struct free_args, list_signals,
		 "list all signals, or name the given ones"),
	OPT_FLAG(0, "listening", struct free_args, listening,
		 "leave processes running that only have connections on the port"),
	OPT_FLAG(0, "close", struct free_args, close,
		 "destroy the sockets, not the processes; a bound port stays bound"),
	OPT_FLAG(0, "timewait", struct free_args, timewait, "also clear TIME-WAIT on the port"),
	OPT_FLAG(0, "force", struct free_args, force,
		 "do not spare PID 1, portwatch's ancestors, docker-proxy, socket-activated units"),
	OPT_FLAG(0, "strict", struct free_args, strict,
		 "require that even a bind() without SO_REUSEADDR succeeds"),
	OPT_SECONDS(0, "timeout", struct free_args, timeout, 0, 86400, "SECONDS",
		    "wait at most this long for the port to be free, TIME-WAIT included"),
	OPT_SECONDS(0, "observe", struct free_args, observe, 0, 3600, "SECONDS",
		    "watch this long for someone taking the port back (default 0.25)"),
	OPT_END,
};

/* Whether a port is held by nobody who could be seen. */
static bool has_unseen_holder(const struct plan *p)
{
	for (size_t i = 0; p->unknown & UNKNOWN_HOLDERS && i < p->nr_ports; i++)
		if ((p->ports[i].why == WHY_HELD || p->ports[i].why == WHY_BOUND) &&
		    !p->ports[i].is_free && !p->ports[i].nr_left)
			return true;
	return false;
}

/* Why it is not free decides: not allowed, not possible here, or simply not free. */
static int exit_status(const struct free_run *r)
{
	int status = plan_all_free(&r->plan) ? EXIT_YES : EXIT_NO;

	for (size_t i = 0; status && i < r->plan.nr_targets; i++)
		if (r->plan.targets[i].fate == FATE_FAILED)
			status = fail_status(r->plan.targets[i].error);
	for (size_t i = 0; status == EXIT_NO && i < r->plan.nr_ports; i++)
		if (r->plan.ports[i].timewait_error)
			status = fail_status(r->plan.ports[i].timewait_error);
	/* All targets have ended, and whether somebody else has the port cannot be seen. */
	for (size_t i = 0; status == EXIT_NO && i < r->plan.nr_ports; i++)
		if (r->plan.ports[i].why == WHY_UNKNOWN)
			status = EXIT_FAILED;
	if (status == EXIT_PERMISSION) {
		log_error("not permitted: %s", again_as_root());
	} else if (status == EXIT_NO && geteuid() && has_unseen_holder(&r->plan)) {
		log_error("processes of others cannot be ended: %s", again_as_root());
		status = EXIT_PERMISSION;
	} else if (status == EXIT_KERNEL) {
		log_error("this kernel cannot do that: %s",
			  r->job.close || r->job.timewait ?
				  "it was built without INET_DIAG_DESTROY, or is older than 6.0 "
				  "(--timewait)" :
				  "it has no pidfds");
	}
	return status;
}

/* sock_diag knows only the namespace that we are in. */
static bool is_own_netns(const struct filter *f)
{
	uint32_t self;

	return !f->netns_all && f->nr_netns == 1 && !netns_self(&self) && f->netns[0] == self;
}

/* Return why two options contradict each other, or NULL. */
static const char *contradiction(const struct free_args *args)
{
	if (args->interactive && common_is_quiet(&args->common))
		return "-i asks, and -q would hide the question";
	if (args->pids && !args->dry_run)
		return "--pids needs -n: it shows whom free would end";
	if (args->pids && args->common.json)
		return "--pids and --json are two outputs: choose one";
	return NULL;
}

/* Return whether what the arguments ask for can be done here; else *ret_status says how it ends. */
static bool is_possible(const struct command *self, struct free_args *args,
			const struct opt_operands *operands, int *ret_status)
{
	uint32_t own;
	int err = 0;

	/* A port of the same number in another namespace is another port. */
	if (!args->filter.netns_given)
		err = netns_self(&own) ?: filter_add_netns(&args->filter, own);
	if (err)
		*ret_status = fail(err, "cannot tell the own network namespace");
	else if (access("/proc/self/stat", F_OK))
		/* Then nobody can tell whose child, unit or container a process is. */
		*ret_status =
			fail(-errno, "cannot tell which processes must be spared, without /proc");
	else if (operands->rest && !operands->nr_rest)
		*ret_status = fail_usage(self, "which command? Nothing follows '--'");
	else if ((args->close || args->timewait) && !is_own_netns(&args->filter))
		*ret_status = fail_usage(self, "--close and --timewait work in the own network "
					       "namespace only: enter the other one with nsenter");
	else
		return true;
	return false;
}

/* True: the arguments make sense, and are in r. */
static bool parse(const struct command *self, struct free_args *args, int argc, char **argv,
		  struct opt_operands *ret, int *ret_status)
{
	struct opt_set sets[] = {
		{ "Options", free_opts, args },
		{ "Sockets", filter_own_place_opts, &args->filter },
	};
	const char *wrong;

	if (!common_parse(self, sets, ARRAY_SIZE(sets), &args->common, argc, argv, ret, ret_status))
		return false;
	if (args->list_signals) {
		*ret_status = free_list_signals(self, ret);
		return false;
	}
	wrong = contradiction(args);
	if (wrong || !ret->nr_words) {
		*ret_status = fail_usage(
			self,
			wrong ? wrong : "which port? Give a number, a range or a service name");
		return false;
	}
	return operands_read(self, ret, &args->filter, ret_status) &&
	       is_possible(self, args, ret, ret_status);
}

/* Whom the plan would end. */
static int print_pids(const struct plan *p)
{
	_cleanup_free_ uint32_t *pids = malloc((p->nr_targets + 1) * sizeof(*pids));
	size_t nr = 0;

	if (!pids)
		return -ENOMEM;
	for (size_t i = 0; i < p->nr_targets; i++)
		if (target_is_due(&p->targets[i]))
			pids[nr++] = p->targets[i].process.pid;
	return pids_text_print(pids, nr, stdout);
}

static struct free_job job_of(const struct free_args *args)
{
	return (struct free_job){
		.signal = args->signal,
		.grace_ns = free_grace_ns(args->grace),
		.grace_given = args->grace >= 0,
		.escalate = !args->no_escalate && free_escalates(args->signal, args->grace >= 0),
		.dry_run = args->dry_run,
		.listening = args->listening,
		.close = args->close,
		.timewait = args->timewait,
		.strict = args->strict,
	};
}

/* Print the end of it all. 0 or a negative errno of standard output. */
static int report(const struct free_args *args, const struct free_printed *printed,
		  const struct free_run *r)
{
	int err = args->pids	  ? print_pids(&r->plan) :
		  printed->silent ? 0 :
				    free_report_end(stdout, &printed->out, &r->job, &r->plan,
						    clock_boot_ns());

	return err == -EPIPE ? 0 : err;
}

static int carry_out(struct free_args *args, bool *ret_go_on)
{
	_cleanup_(tracker_free_p) struct tracker *tracker = NULL;
	struct free_printed printed = {
		.out = common_out(&args->common),
		.interactive = args->interactive,
		.silent = args->pids || common_is_quiet(&args->common),
	};
	struct free_face face = free_face(&printed);
	_cleanup_(free_run_done) struct free_run r = {
		.face = &face,
		.filter = &args->filter,
		.force = args->force,
		.observe_ns = free_observe_ns(args->observe),
		.observe_given = args->observe >= 0,
		.watch_fd = -1,
		.deadline_ns = UINT64_MAX,
		.job = job_of(args),
	};
	size_t due;
	int err;

	if (args->timeout >= 0)
		r.deadline_ns = clock_boot_ns() + (uint64_t)(args->timeout * NSEC_PER_SEC);
	r.signal_fd = signals_open();
	if (r.signal_fd < 0)
		return fail(r.signal_fd, "cannot wait for signals");
	free_facts(&r);
	err = common_open(&args->common, TRACKER_SNAPSHOT, &tracker);
	r.tracker = tracker;
	if (!err)
		err = free_query(&r, &due);
	if (!err)
		err = free_end(&r, due);
	if (err)
		return fail_tracker(err);
	err = report(args, &printed, &r);
	if (err)
		return fail_output(err);
	*ret_go_on = plan_all_free(&r.plan) && !signals_came() && !args->dry_run;
	return exit_status(&r);
}

static int free_ports(const struct command *self, int argc, char **argv)
{
	struct free_args args = {
		.filter = { .lookup = lookup_system },
		.signal = SIGTERM,
		.grace = -1,
		.timeout = -1,
		.observe = -1,
	};
	struct opt_operands operands = {};
	bool go_on = false; /* with COMMAND */
	int status;

	if (parse(self, &args, argc, argv, &operands, &status))
		status = carry_out(&args, &go_on);
	filter_done(&args.filter);
	return go_on && operands.nr_rest ? start_command(operands.rest, "the port is free") :
					   status;
}

static const char *const examples[] = {
	"sudo portwatch --free 8000\tstop whoever holds it; KILL after 3 s",
	"sudo portwatch free -n 3000-3010\tonly show who would be stopped",
	"sudo portwatch free 8000 --timewait -- ./server\tclear TIME-WAIT, then start a server there",
	NULL,
};

const struct command cmd_free = {
	.name = "free",
	.summary = "stop the owners of a port, and prove that it is free",
	.usage = {
		.examples = examples,
		.synopsis = "portwatch free [OPTION...] PORT... [-- COMMAND...]",
		.about = "Ends every process that has a socket with this local port: listening, bound "
			 "or connected,\nbut never one that is only connected to it. COMMAND runs if "
			 "the port is free in the end.\nExit status: 0 free, 1 not free, 3 not permitted, "
			 "4 the kernel cannot, 5 no answer.",
	},
	.opts = free_opts,
	.run = free_ports,
	.unknown = unknown,
	.keep_rest = true,
};
