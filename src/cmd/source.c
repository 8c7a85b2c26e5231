// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/source.h"

#include <errno.h>

#include "base/log.h"

int source_open(const struct common *common, enum tracker_kind own, struct tracker **ret)
{
	struct tracker_opts opts = common_tracker(common);
	int err = tracker_open_pinned(&opts, ret);

	if (!err)
		log_verbose("reading the tracker pinned at %s", opts.pin_dir);
	/* One that may not look into the pin directory may still run programs of his own. */
	if (err != -ENOENT && err != -EACCES && err != -EPERM)
		return err;

	log_verbose("no tracker at %s: %s", opts.pin_dir,
		    own == TRACKER_LIVE ? "running one of our own" : "taking a snapshot");
	return own == TRACKER_LIVE ? tracker_new_live(&opts, ret) :
				     tracker_new_snapshot(&opts, ret);
}
