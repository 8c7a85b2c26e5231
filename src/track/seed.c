// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What was there before the hooks: once they are attached, every socket that the kernel's
 * tables show is put into the maps by the iterators themselves, never over what a hook has
 * written; then what was closed in between is swept out.
 */
#include <errno.h>

#include "base/cleanup.h"
#include "track/internal.h"

int tracker_seed(struct tracker *t)
{
	static const enum iter_prog tables[] = { ITER_DUMP_TCP, ITER_DUMP_UDP };
	int err;

	err = iter_query(t, PW_Q_SEED, 0, NULL);
	if (err)
		return err;
	err = iter_run(t, ITER_WALK_FILES, 0, NULL, NULL);
	if (!err)
		err = iter_run_everywhere(t, tables, ARRAY_SIZE(tables), NULL, NULL);
	if (!err)
		err = iter_query(t, PW_Q_SWEEP, 0, NULL);
	if (!err)
		err = iter_run(t, ITER_DUMP_SOCKETS, 0, NULL, NULL);
	iter_query_end(t);
	return err ? why(err, "cannot read the sockets that exist already") : 0;
}
