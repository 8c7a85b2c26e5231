// SPDX-License-Identifier: GPL-2.0-or-later
/* load: put the tracker into the kernel, where it stays. */
#include <errno.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "cmd/common.h"
#include "cmd/fail.h"
#include "sys/signals.h"
#include "sys/user.h"

struct load_args {
	struct common common;
	uint32_t max_sockets, max_timewait;
	gid_t group;
	bool has_group;
};

static int set_group(void *base, const struct opt *o, const char *value, struct strbuf *why)
{
	struct load_args *args = base;

	(void)o;
	args->has_group = true;
	if (!user_group(value, &args->group))
		return 0;
	strbuf_addf(why, "there is no group '%s'", value);
	return -EINVAL;
}

static const struct opt load_opts[] = {
	OPT_U32(0, "max-sockets", struct load_args, max_sockets, 64, 1 << 24, "N",
		"track at most this many sockets at once (default 65536)"),
	OPT_U32(0, "max-timewait", struct load_args, max_timewait, 64, 1 << 24, "N",
		"remember the owners of at most this many TIME-WAIT sockets (default 65536)"),
	OPT_CALL('g', "group", set_group, 0, "GROUP",
		 "let members of this group query without sudo; see portwatch-load(1)"),
	OPT_END,
};

/* Loading takes a moment and is all or nothing. So a signal in the middle waits for the
 * end and is then obeyed by taking the tracker out again. */
static int load_all_or_nothing(const struct tracker_opts *opts, bool *ret_interrupted)
{
	int err = signals_open();

	if (err < 0)
		return err;
	err = tracker_load(opts);
	*ret_interrupted = signals_came() != 0;
	if (!err && *ret_interrupted)
		err = tracker_unload(opts);
	return err;
}

static int load(const struct command *self, int argc, char **argv)
{
	struct load_args args = {};
	struct opt_set sets[] = { { "Options", load_opts, &args } };
	struct tracker_opts opts;
	bool interrupted = false;
	int err, status;

	if (!common_parse_no_operands(self, sets, ARRAY_SIZE(sets), &args.common, argc, argv,
				      &status))
		return status;
	opts = common_tracker(&args.common);
	opts.max_sockets = args.max_sockets;
	opts.max_timewait = args.max_timewait;
	opts.has_group = args.has_group;
	opts.group = args.group;

	err = load_all_or_nothing(&opts, &interrupted);
	if (err == -EALREADY) {
		log_info("already loaded at %s, nothing changed", opts.pin_dir);
		return EXIT_YES;
	}
	if (err)
		return fail_tracker(err);
	if (interrupted) {
		log_error("interrupted: the tracker has been unloaded again");
		return EXIT_NO;
	}
	log_info("loaded at %s", opts.pin_dir);
	return EXIT_YES;
}

static const char *const examples[] = {
	"sudo portwatch load\ttrack from now on, with no process left running",
	"sudo portwatch load --max-sockets 1000000\ton a busy host",
	NULL,
};

const struct command cmd_load = {
	.name = "load",
	.summary = "put the tracker into the kernel, where it stays",
	.usage = {
		.examples = examples,
		.synopsis = "portwatch load [OPTION...]",
		.about = "Loads the tracker, fills it with the sockets that are there already, "
			 "and leaves it in the kernel until `portwatch unload` or a reboot. "
			 "Loading twice changes nothing.",
	},
	.opts = load_opts,
	.run = load,
};
