// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/free_face.h"

#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/sleep.h"
#include "model/names.h"
#include "model/signame.h"
#include "print/free_intent.h"
#include "print/free_report.h"
#include "sys/confirm.h"
#include "sys/signals.h"

static void tell(void *arg, struct free_run *r, const struct target *t)
{
	struct free_printed *p = arg;

	if (p->silent)
		return;
	/* If it cannot be written, the end tells: what was begun is finished first. */
	free_report_target(stdout, &p->out, &r->job, t);
}

static void ask_about(struct free_printed *p, struct free_run *r, struct target *t)
{
	char name[SIGNAME_LEN];

	confirm_forget(STDIN_FILENO);
	if (r->job.close)
		log_info("Close its sockets? [y/N]");
	else
		log_info("Stop it with %s? [y/N]", signame(r->job.signal, name));
	if (confirm_read(STDIN_FILENO, r->signal_fd))
		return;
	plan_decline(&r->plan, t);
	tell(p, r, t);
}

/* Tell of a port whose connections somebody else gets a part of. */
static void announce_ports(const struct plan *p)
{
	for (size_t i = 0; i < p->nr_ports; i++) {
		_cleanup_(strbuf_done) struct strbuf line = {};

		reach_add_shared(&line, &p->ports[i].reach);
		if (line.len)
			log_info("%u/%s: %s", p->ports[i].port, names_proto(p->ports[i].proto),
				 strbuf_str(&line));
	}
}

/* Says what will be lost, and asks if that was wanted: before anything is done to anybody. */
static void announce(void *arg, struct free_run *r, size_t from)
{
	struct free_printed *p = arg;

	if (!from && !r->job.dry_run)
		announce_ports(&r->plan);
	for (size_t i = from; i < r->plan.nr_targets && !signals_came(); i++) {
		struct target *t = &r->plan.targets[i];
		_cleanup_(strbuf_done) struct strbuf line = {};

		if (!target_is_due(t) || r->job.dry_run) {
			tell(p, r, t);
			continue;
		}
		if (p->interactive)
			free_intent_question(&line, t, &r->job);
		else
			free_intent(&line, t, &r->job);
		log_info("%s", strbuf_str(&line));
		if (p->interactive)
			ask_about(p, r, t);
	}
	if (!from && r->plan.nr_unaccepted)
		log_info("%u connection%s for accept(), and will be dropped", r->plan.nr_unaccepted,
			 r->plan.nr_unaccepted == 1 ? " waits" : "s wait");
}

static int plain_sleep(void *arg, struct pollfd *fds, size_t nr, uint64_t until_ns)
{
	(void)arg;
	return sleep_until(fds, nr, until_ns, NULL);
}

struct free_face free_face(struct free_printed *p)
{
	return (struct free_face){ p, announce, tell, plain_sleep };
}
