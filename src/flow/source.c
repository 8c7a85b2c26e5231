// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/source.h"

#include <errno.h>

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "sys/proc.h"
#include "track/facts.h"

int source_open(const struct tracker_opts *opts, enum tracker_kind own, bool *ret_hidden,
		struct tracker **ret)
{
	int err = tracker_open_pinned(opts, ret);

	if (ret_hidden)
		*ret_hidden = err == -EACCES || err == -EPERM;
	if (!err)
		log_verbose("reading the tracker pinned at %s", opts->pin_dir);
	if (err == -EINPROGRESS || (err == -EPERM && !geteuid()))
		log_warn("%s", tracker_reason());
	/* A user who may not read the pin directory may still be allowed to run programs. */
	else if (err != -ENOENT && err != -EACCES && err != -EPERM)
		return err;

	log_verbose("no tracker at %s: %s", opts->pin_dir,
		    own == TRACKER_LIVE ? "running one of our own" : "taking a snapshot");
	return own == TRACKER_LIVE ? tracker_new_live(opts, ret) : tracker_new_snapshot(opts, ret);
}

struct renumbering {
	const struct filter *f;
	uint32_t *pids;
};

static int on_task(void *arg, const struct pw_rec *rec)
{
	struct renumbering *r = arg;

	for (size_t i = 0; i < r->f->nr_pids; i++)
		if (rec->pid == r->f->pids[i])
			r->pids[i] = rec->actor.tgid;
	return 0;
}

static int renumber(struct tracker *t, struct filter *f)
{
	struct renumbering r = { .f = f };
	int err;

	if (!f->nr_pids)
		return 0;
	r.pids = malloc(f->nr_pids * sizeof(*r.pids));
	if (!r.pids)
		return -ENOMEM;
	for (size_t i = 0; i < f->nr_pids; i++)
		r.pids[i] = PW_FILTER_NONE; /* nobody has this number here */
	err = fact_need(t, FACT_TASKS, KNOWS_PIDS, &(struct question){}, on_task, &r);
	free(f->pids);
	f->pids = r.pids;
	return err;
}

int source_filter(struct tracker *t, struct filter *f)
{
	int err;

	if (proc_pidns_is_initial())
		return 0;
	err = renumber(t, f);
	return err || !f->not ? err : renumber(t, f->not );
}
