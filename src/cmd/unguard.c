// SPDX-License-Identifier: GPL-2.0-or-later
/* unguard: undo guard and reserve. */
#include <errno.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "cmd/fail.h"
#include "cmd/guard_common.h"
#include "flow/lookup.h"
#include "flow/portguard.h"

struct unguard_args {
	struct guard_place place;
	bool all;
};

static void args_done(struct unguard_args *args)
{
	filter_done(&args->place.filter);
}

static const struct opt unguard_opts[] = {
	OPT_FLAG('a', "all", struct unguard_args, all,
		 "everything, in every network namespace, also in those that are gone"),
	OPT_GUARD_NETNS(struct unguard_args),
	OPT_END,
};

static void tell(const struct portguard_rule *r)
{
	_cleanup_(strbuf_done) struct strbuf ports = {}, who = {};

	portguard_ports(r, &ports);
	portguard_describe(r, &who);
	if (r->reserve)
		log_info("%s: no longer reserved", strbuf_str(&ports));
	else
		log_info("%s: no longer guarded for %s", strbuf_str(&ports), strbuf_str(&who));
}

static int undo_all(const struct unguard_args *args)
{
	size_t left = 0;
	int err = portguard_undo_all(args->place.common.pin_dir, &left);

	if (err)
		return guard_fail(err);
	log_info("no port is guarded or reserved any more");
	if (left)
		log_warn("%zu port%s of network namespaces that cannot be entered stay%s in their "
			 "net.ipv4.ip_local_reserved_ports",
			 left, left == 1 ? "" : "s", left == 1 ? "s" : "");
	return EXIT_YES;
}

static int unguard(const struct command *self, int argc, char **argv)
{
	_cleanup_(args_done) struct unguard_args args = { .place.filter.lookup = lookup_system };
	_cleanup_(portguard_list_done) struct portguard_list undone = {};
	struct opt_set sets[] = { { "Options", unguard_opts, &args } };
	struct opt_operands operands;
	int err, status;

	if (!common_parse(self, sets, ARRAY_SIZE(sets), &args.place.common, argc, argv, &operands,
			  &status))
		return status;
	if (!operands.nr_words && !args.all)
		return fail_usage(self, "which port? Give a number, a range or a service name");
	if (operands.nr_words && args.all)
		return fail_usage(self, "--all and a PORT are two questions: choose one");
	if (!guard_place_read(self, &args.place, &operands, &status))
		return status;
	if (args.all)
		return undo_all(&args);
	err = portguard_undo(args.place.common.pin_dir, &args.place.filter.ports, &undone);
	if (err)
		return guard_fail(err);
	for (size_t i = 0; i < undone.nr; i++)
		tell(&undone.v[i]);
	return EXIT_YES;
}

static const char *const examples[] = {
	"sudo portwatch unguard 443/tcp\teverybody may bind it again",
	"sudo portwatch unguard --all\tundo everything",
	NULL,
};

const struct command cmd_unguard = {
	.name = "unguard",
	.summary = "undo guard and reserve",
	.usage = {
		.examples = examples,
		.synopsis = "portwatch unguard PORT...|--all [OPTION...]",
		.about = "Takes the ports out of their guards and reservations, and out of "
			 "net.ipv4.ip_local_reserved_ports if portwatch has put them there. Exit "
			 "status: 0 undone, 1 nothing was guarded.",
	},
	.opts = unguard_opts,
	.run = unguard,
};
