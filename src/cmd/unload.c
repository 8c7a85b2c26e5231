// SPDX-License-Identifier: GPL-2.0-or-later
/* unload: take the tracker out of the kernel. */
#include <errno.h>

#include "base/log.h"
#include "cmd/common.h"
#include "cmd/fail.h"

static int unload(const struct command *self, int argc, char **argv)
{
	struct common common = {};
	struct tracker_opts opts;
	int err, status;

	if (!common_parse_no_operands(self, NULL, 0, &common, argc, argv, &status))
		return status;
	opts = common_tracker(&common);
	err = tracker_unload(&opts);
	if (err == -ENOENT)
		log_info("nothing is loaded at %s", opts.pin_dir);
	else if (err)
		return fail_tracker(err);
	else
		log_info("unloaded from %s", opts.pin_dir);
	return EXIT_YES;
}

static const char *const examples[] = {
	"sudo portwatch unload\ttake the tracker out of the kernel",
	NULL,
};

const struct command cmd_unload = {
	.name = "unload",
	.summary = "take the tracker out of the kernel",
	.usage = {
		.examples = examples,
		.synopsis = "portwatch unload [OPTION...]",
		.about = "Removes everything that `portwatch load` left behind, even after an interrupted "
			 "load or by another version. It is no error if nothing is loaded.",
	},
	.run = unload,
};
