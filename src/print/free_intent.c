// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/free_intent.h"

#include <signal.h>
#include <string.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/text.h"
#include "model/guard.h"
#include "model/names.h"
#include "model/signame.h"
#include "print/free_parts.h"
#include "print/text_parts.h"

/* Add the condition that the target is in, and what a signal can do in it. */
void free_intent_condition(struct strbuf *out, size_t start, const struct target *t, int sig)
{
	const struct condition *c = &t->condition;
	char name[SIGNAME_LEN];

	if (c->is) {
		text_parts_comma(out, start);
		condition_text(out, c);
	}
	if (condition_discards(c, sig)) {
		text_parts_comma(out, start);
		strbuf_addf(out, "ignores %s", signame(sig, name));
	}
	if (c->is & COND_FROZEN_V1)
		strbuf_adds(out, ", so nothing ends it until it is thawed");
}

/* Add what is known of its children: nobody else signals them. What a handler does is not known:
 * that of PostgreSQL ends them all, others end none. */
static void add_children(struct strbuf *out, size_t start, const struct target *t, int sig)
{
	char name[SIGNAME_LEN];

	if (!t->nr_children)
		return;
	text_parts_comma(out, start);
	if (condition_catches(&t->condition, sig)) {
		strbuf_addf(out, "it handles %s and may end its ", signame(sig, name));
		free_parts_count(out, t->nr_children, "child process", "child processes");
	} else {
		free_parts_count(out, t->nr_children, "child process gets no signal",
				 "child processes get no signal");
	}
}

/* Add what else ends with the target. */
static void add_others(struct strbuf *out, size_t start, const struct target *t)
{
	if (t->nr_also) {
		text_parts_comma(out, start);
		strbuf_adds(out, "it also serves ");
		for (unsigned int i = 0; i < t->nr_also && i < PLAN_MAX_ALSO; i++)
			strbuf_addf(out, "%s%u/%s%s", i ? " " : "", t->also[i].port,
				    names_proto(t->also[i].proto),
				    t->also[i].netns ? " in another network namespace" : "");
		if (t->nr_also > PLAN_MAX_ALSO)
			strbuf_addf(out, " and %u more", t->nr_also - PLAN_MAX_ALSO);
	}
	if (t->nr_also_established) {
		text_parts_comma(out, start);
		free_parts_count(out, t->nr_also_established,
				 "connection on other ports will be dropped",
				 "connections on other ports will be dropped");
	}
	if (t->condition.namespace_init) {
		text_parts_comma(out, start);
		strbuf_adds(out, "the first process of a PID namespace, with which ");
		free_parts_count(out, t->nr_die_with, "other ends", "others end");
	}
	if (t->terminal) {
		text_parts_comma(out, start);
		strbuf_adds(out, "it leads a session: its terminal hangs up");
	}
}

/* Add who may start the target again. */
static void add_keeper(struct strbuf *out, size_t start, const struct target *t)
{
	if (t->keeper == KEEPER_NONE || t->keeper == KEEPER_CONTAINER ||
	    (t->keeper == KEEPER_PARENT && t->parent_ends))
		return;
	text_parts_comma(out, start);
	if (t->keeper == KEEPER_UNIT && t->restart[0]) {
		/* The other values do not count TERM as a failure. */
		strbuf_addf(out, "which systemd starts again%s (Restart=%s)",
			    !strcmp(t->restart, "always") || !strcmp(t->restart, "on-success") ?
				    "" :
				    " after KILL",
			    t->restart);
	} else if (t->keeper == KEEPER_UNIT) {
		strbuf_adds(out, "which systemd may start again");
	} else {
		text_parts_person(out, t->parent_comm, t->parent, NULL);
		strbuf_adds(out, t->keeper == KEEPER_LOOP ? " runs it in a loop" :
							    " started it and may start it again");
	}
}

static bool has_own_peer(const struct target *t)
{
	for (size_t i = 0; i < t->nr_sockets; i++)
		if (addr_is_own_peer(&t->sockets[i].s))
			return true;
	return false;
}

void free_intent_losses(struct strbuf *out, const struct target *t, const struct free_job *job)
{
	size_t start = out->len;

	if (t->nr_established == 1 && has_own_peer(t))
		strbuf_adds(out, "its connection to itself will be dropped");
	else if (t->nr_established)
		free_parts_count(out, t->nr_established, "open connection will be dropped",
				 "open connections will be dropped");
	if (job->close)
		return;
	add_children(out, start, t, job->signal);
	add_others(out, start, t);
	if (t->process.unit) {
		text_parts_comma(out, start);
		strbuf_addf(out, "unit %s", t->process.unit);
	}
	add_keeper(out, start, t);
	if (t->process.container) {
		text_parts_comma(out, start);
		strbuf_addf(out, "container %.12s", t->process.container);
	}
	free_intent_condition(out, start, t, job->signal);
}

static void add_intent(struct strbuf *out, const struct free_job *job)
{
	char name[SIGNAME_LEN];

	if (job->close)
		strbuf_adds(out, "closing the sockets of ");
	else if (signame_ends(job->signal) || job->signal == SIGKILL || job->escalate)
		strbuf_adds(out, "stopping ");
	else
		strbuf_addf(out, "sending %s to ", signame(job->signal, name));
}

/* Add what is lost with the target, and what speaks against ending it; often nothing. */
static void add_price(struct strbuf *out, const struct target *t, const struct free_job *job,
		      const char *before)
{
	struct strbuf losses = {};

	free_intent_losses(&losses, t, job);
	if (losses.len)
		strbuf_addf(out, "%s%s", before, strbuf_str(&losses));
	strbuf_done(&losses);
	if (t->forced)
		strbuf_addf(out, "; forced, although %s", guard_text(t->guard));
}

/* "8000/tcp: python3 (pid 4673, root): python3 -m http.server 8000; 2 open connections will be
 * dropped", with what is done to it before the name. */
static void add_who(struct strbuf *out, const struct target *t, const struct free_job *job,
		    bool intent)
{
	const struct process *p = &t->process;

	free_parts_ports(out, t);
	if (intent)
		add_intent(out, job);
	text_parts_person(out, p->id.comm, p->pid ? p->pid : p->id.tgid, p->user);
	free_parts_cmdline(out, p, ": ", "");
	add_price(out, t, job, "; ");
}

void free_intent(struct strbuf *out, const struct target *t, const struct free_job *job)
{
	add_who(out, t, job, true);
}

void free_intent_question(struct strbuf *out, const struct target *t, const struct free_job *job)
{
	add_who(out, t, job, false);
}
