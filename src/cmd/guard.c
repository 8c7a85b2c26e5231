// SPDX-License-Identifier: GPL-2.0-or-later
/* guard: only some may bind a port, refused in the kernel; without a PORT the guards there are. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "cmd/common.h"
#include "cmd/fail.h"
#include "cmd/guard_common.h"
#include "cmd/guard_who.h"
#include "flow/lookup.h"
#include "flow/portguard.h"
#include "flow/portguard_holders.h"
#include "print/portguard_print.h"
#include "track/tracker.h"

#define LONGEST (366 * 86400)

struct guard_args {
	struct guard_place place;
	struct guard_who who;
	double seconds; /* --for; 0: without an end */
	bool audit;
};

static void args_done(struct guard_args *args)
{
	filter_done(&args->place.filter);
}

static const struct opt guard_opts[] = {
	OPT_FLAG(0, "audit", struct guard_args, audit, "count and tell, but refuse nothing"),
	OPT_SECONDS(0, "for", struct guard_args, seconds, 1, LONGEST, "SECONDS",
		    "end the guard by itself after this time, such as 10m"),
	OPT_GUARD_NETNS(struct guard_args),
	OPT_END,
};

static int show(const struct guard_args *args)
{
	_cleanup_(portguard_list_done) struct portguard_list list = {};
	struct out_opts out = common_out(&args->place.common);
	bool attached = true;
	int err = portguard_show(args->place.common.pin_dir, &list, &attached);

	if (err && err != -ENOENT)
		return guard_fail(err);
	if (!err && !attached)
		log_warn(
			"the programs have been detached from the root cgroup: nothing is refused");
	if (err && !out.json) {
		log_info("no port is guarded or reserved");
		return EXIT_NO;
	}
	if (!common_is_quiet(&args->place.common)) {
		int failure = out.json ? portguard_json(&list, !err && attached, clock_boot_ns(),
							&out, stdout) :
					 portguard_text(&list, clock_boot_ns(), &out, stdout);

		if (failure)
			return fail_output(failure);
	}
	return err ? EXIT_NO : EXIT_YES;
}

/* Name a process that has the port already: it keeps it. */
static void tell_holders(const struct guard_args *args, const struct portguard_wish *w)
{
	_cleanup_(strbuf_done) struct strbuf text = {};
	struct tracker_opts opts = common_tracker(&args->place.common);

	if (portguard_holders(&opts, w, &text) || !strbuf_len(&text))
		return;
	log_warn("%s, which is not among them: what is bound stays bound until it is closed",
		 strbuf_str(&text));
}

static int make(const struct guard_args *args)
{
	_cleanup_(strbuf_done) struct strbuf ports = {}, who = {};
	struct portguard_rule rule = { .whos = (struct pw_guard_who *)args->who.v,
				       .r.nr_whos = (uint32_t)args->who.nr };
	struct portguard_wish wish = {
		.pin_dir = args->place.common.pin_dir,
		.ports = &args->place.filter.ports,
		.nr_whos = args->who.nr,
		.audit = args->audit,
		.for_ns = (uint64_t)(args->seconds * 1e9),
	};
	bool is_new = false;
	int err;

	memcpy(wish.whos, args->who.v, sizeof(wish.whos));
	err = portguard_make(&wish, &is_new);
	if (err)
		return guard_fail(err);
	portspec_describe(wish.ports, &ports);
	portguard_describe(&rule, &who);
	log_info("%s: guarded for %s%s%s", strbuf_str(&ports), strbuf_str(&who),
		 wish.audit ? " (audit: nothing is refused)" : "", is_new ? "" : ", as it was");
	tell_holders(args, &wish);
	return EXIT_YES;
}

static int guard(const struct command *self, int argc, char **argv)
{
	_cleanup_(args_done) struct guard_args args = { .place.filter.lookup = lookup_system };
	struct opt_set sets[] = {
		{ "Options", guard_opts, &args },
		{ "For whom", guard_who_opts, &args.who },
	};
	struct opt_operands operands;
	int err, status;

	if (!common_parse(self, sets, ARRAY_SIZE(sets), &args.place.common, argc, argv, &operands,
			  &status))
		return status;
	if (!operands.nr_words && (args.who.nr || args.audit || args.seconds > 0))
		return fail_usage(self, "which port? Give a number, a range or a service name");
	if (operands.nr_words && !args.who.nr)
		return fail_usage(self, "for whom? Give --unit, --user, --exe, --cgroup or "
					"--container");
	if (!guard_place_read(self, &args.place, &operands, &status))
		return status;
	if (!operands.nr_words)
		return show(&args);
	err = guard_who_ask(&args.who);
	return err ? guard_fail(err) : make(&args);
}

static const char *const examples[] = {
	"sudo portwatch guard 443/tcp --unit nginx.service\tnobody else can bind it",
	"sudo portwatch guard 5432 --user postgres --for 10m\tuntil ten minutes have passed",
	"sudo portwatch guard 8000 --exe /usr/bin/tracd --audit\tcount, refuse nothing",
	"sudo portwatch guard\tthe guards, and whom they have refused",
	NULL,
};

const struct command cmd_guard = {
	.name = "guard",
	.summary = "keep a port for a unit, user or program; others are refused",
	.usage = {
		.examples = examples,
		.synopsis = "portwatch guard [PORT... [OPTION...]]",
		.about = "From now on the kernel refuses every other bind() of the port, and chooses it "
			 "for nobody.\nSeveral of --unit, --user, ... are alternatives. What is "
			 "bound already stays.\nWithout PORT: the guards. Exit status: 0 guarded, 1 "
			 "not.",
	},
	.opts = guard_opts,
	.run = guard,
};
