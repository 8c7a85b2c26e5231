// SPDX-License-Identifier: GPL-2.0-or-later
/* check: does the loaded tracker say what the kernel says? */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cmd/common.h"
#include "cmd/fail.h"
#include "flow/source.h"
#include "print/audit_print.h"
#include "sys/lent.h"
#include "track/picture.h"
#include "track/recover.h"

#define LOOKS 4		  /* a difference must be found so many times */
#define PAUSE_NS 50000000 /* in between, for what is just under way */
#define REPAIRS 5	  /* one repair may lay bare another fault */

struct check_args {
	bool repair;
};

struct check {
	struct tracker *t;
	struct picture picture; /* the last one taken */
	struct faults faults;
};

static const struct opt check_opts[] = {
	OPT_FLAG(0, "repair", struct check_args, repair, "repair the differences"),
	OPT_END,
};

static int look(struct check *c, struct faults *ret)
{
	int err;

	picture_done(&c->picture);
	err = picture_take(c->t, &c->picture);
	return err ?: audit(&c->picture, ret);
}

/* A change that fell between two parts of a picture is no fault: only what every look finds. */
static int find(struct check *c, struct faults *ret)
{
	_cleanup_(faults_done) struct faults found = {};
	int err = look(c, &found);

	for (int i = 1; i < LOOKS && !err && found.list.nr; i++) {
		_cleanup_(faults_done) struct faults again = {};

		nanosleep(&(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
		err = look(c, &again);
		if (!err)
			faults_keep(&found, &again);
	}
	if (err)
		return err;
	*ret = found;
	found = (struct faults){};
	return 0;
}

static int repair(struct check *c, bool degraded)
{
	_cleanup_(faults_done) struct faults now = {};
	int err = degraded ? recover_now(c->t) : 0;

	for (int i = 0; i < REPAIRS && !err; i++) {
		err = picture_mend(c->t, i ? &now : &c->faults);
		faults_done(&now);
		if (!err)
			err = find(c, &now);
		if (!err && !now.list.nr)
			break;
	}
	for (size_t i = 0; i < c->faults.list.nr && !err; i++)
		c->faults.list.v[i].repaired = !faults_have(&now, &c->faults.list.v[i]);
	return err;
}

static int run(struct check *c, bool mend, struct audit_report *r)
{
	bool degraded;
	int err = tracker_degraded(c->t, &degraded);

	if (!err)
		err = find(c, &c->faults);
	if (!err && mend && (degraded || c->faults.list.nr))
		err = repair(c, degraded);
	if (!err)
		err = tracker_degraded(c->t, &degraded);
	*r = (struct audit_report){
		.time_ns = clock_boot_ns(),
		.nr_sockets = c->picture.kernel.nr,
		.nr_entries = c->picture.entries.nr,
		.nr_netns = c->picture.nr_netns,
		.degraded = degraded,
		.repair = mend,
		.uncompared = c->picture.uncompared,
		.faults = &c->faults,
	};
	return err;
}

static int check(const struct command *self, int argc, char **argv)
{
	_cleanup_(tracker_free_p) struct tracker *tracker = NULL;
	struct check_args args = {};
	struct opt_set sets[] = { { "Options", check_opts, &args } };
	struct common common = {};
	struct tracker_opts opts;
	struct audit_report report;
	struct check c = {};
	struct out_opts out;
	int err, status;

	if (!common_parse_no_operands(self, sets, ARRAY_SIZE(sets), &common, argc, argv, &status))
		return status;
	opts = common_tracker(&common);
	err = tracker_open_pinned(&opts, &tracker);
	if (err)
		return fail_tracker(err);
	c.t = tracker;
	/* A member of the group may ask, and may see too little of the kernel to compare. */
	err = lent_any() ? -EPERM : run(&c, args.repair, &report);
	if (err) {
		status = fail_tracker(err);
	} else {
		out = common_out(&common);
		status = c.faults.list.nr ? EXIT_NO : c.picture.uncompared ? EXIT_FAILED : EXIT_YES;
		err = common_is_quiet(&common) ? 0 : audit_print(&out, &report, stdout);
		if (err && err != -EPIPE)
			status = fail_output(err);
	}
	faults_done(&c.faults);
	picture_done(&c.picture);
	return status;
}

static const char *const examples[] = {
	"sudo portwatch check\tshow every difference between the tracker and the kernel",
	"sudo portwatch check --repair\trepair the differences",
	NULL,
};

const struct command cmd_check = {
	.name = "check",
	.summary = "compare the loaded tracker with the kernel's own tables",
	.usage = {
		.examples = examples,
		.synopsis = "portwatch check [OPTION...]",
		.about = "Exit status: 0 no difference, 1 there was one, even if it was repaired, 5 not "
			 "all could be\ncompared.",
	},
	.opts = check_opts,
	.run = check,
};
