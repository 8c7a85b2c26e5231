// SPDX-License-Identifier: GPL-2.0-or-later
/* reserve: the kernel chooses a port for nobody; whoever asks for it by its number gets it. */
#include "base/cleanup.h"
#include "base/log.h"
#include "cmd/fail.h"
#include "cmd/guard_common.h"
#include "flow/lookup.h"
#include "flow/portguard.h"

struct reserve_args {
	struct guard_place place;
};

static void args_done(struct reserve_args *args)
{
	filter_done(&args->place.filter);
}

static const struct opt reserve_opts[] = {
	OPT_GUARD_NETNS(struct reserve_args),
	OPT_END,
};

static int reserve(const struct command *self, int argc, char **argv)
{
	_cleanup_(args_done) struct reserve_args args = { .place.filter.lookup = lookup_system };
	_cleanup_(strbuf_done) struct strbuf ports = {};
	struct opt_set sets[] = { { "Options", reserve_opts, &args } };
	struct portguard_wish wish = { .ports = &args.place.filter.ports, .reserve = true };
	struct opt_operands operands;
	bool is_new = false;
	int err, status;

	if (!common_parse(self, sets, ARRAY_SIZE(sets), &args.place.common, argc, argv, &operands,
			  &status))
		return status;
	if (!operands.nr_words)
		return fail_usage(self, "which port? Give a number, a range or a service name");
	if (!guard_place_read(self, &args.place, &operands, &status))
		return status;
	wish.pin_dir = args.place.common.pin_dir;
	err = portguard_make(&wish, &is_new);
	if (err)
		return guard_fail(err);
	portspec_describe(wish.ports, &ports);
	log_info("%s: reserved%s", strbuf_str(&ports), is_new ? "" : ", as it was");
	return EXIT_YES;
}

static const char *const examples[] = {
	"sudo portwatch reserve 8000-8010\tno client gets one of them by chance",
	"sudo portwatch unguard 8000-8010\tundo it",
	NULL,
};

const struct command cmd_reserve = {
	.name = "reserve",
	.summary = "let the kernel choose a port for no client and no port 0",
	.usage = {
		.examples = examples,
		.synopsis = "portwatch reserve PORT... [OPTION...]",
		.about = "Adds the ports to net.ipv4.ip_local_reserved_ports, for TCP and UDP, and "
			 "leaves what others have put there. A bind() that names the port is not refused: "
			 "see portwatch guard.",
	},
	.opts = reserve_opts,
	.run = reserve,
};
