// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/free_text.h"

#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "model/guard.h"
#include "model/names.h"
#include "model/signame.h"
#include "print/free_intent.h"
#include "print/free_parts.h"
#include "print/text_parts.h"

static void add_signals(struct strbuf *out, const struct target *t)
{
	char name[SIGNAME_LEN];

	for (size_t i = 0; i < PLAN_MAX_SIGNALS && t->signals[i]; i++)
		strbuf_addf(out, " %s,", signame(t->signals[i], name));
}

/* Add which signal follows the first, and when. */
static void add_what_follows(struct strbuf *out, const struct free_job *job, const struct target *t)
{
	bool ends = signame_ends(job->signal);

	if (t->condition.is & COND_STOPPED && ends)
		strbuf_adds(out, ", CONT");
	if (job->signal == SIGKILL)
		return;
	if (!job->escalate || t->condition.is & COND_FROZEN_V1) {
		strbuf_adds(out, ", no KILL after it");
	} else if (!job->grace_given && condition_waits_in_vain(&t->condition, job->signal)) {
		strbuf_adds(out, ", then KILL at once");
	} else {
		strbuf_adds(out, ", then KILL after ");
		free_parts_seconds(out, job->grace_ns);
	}
}

/* " (1 listening, 2 connections, 1 only bound)": all, or those that were destroyed. */
static void add_sockets(struct strbuf *out, const struct target *t, bool closed)
{
	size_t listening = 0, connections = 0, bound = 0, start;

	for (size_t i = 0; i < t->nr_sockets; i++) {
		const struct plan_socket *s = &t->sockets[i];

		if (closed && !s->closed)
			continue;
		bound += s->s.state == PW_BOUND;
		listening += s->s.state == PW_LISTEN || s->s.state == PW_UNCONN;
		connections += s->s.state != PW_BOUND && s->s.state != PW_LISTEN &&
			       s->s.state != PW_UNCONN;
	}
	strbuf_adds(out, " (");
	start = out->len;
	if (listening)
		free_parts_count(out, listening, "that listens", "that listen");
	if (connections) {
		text_parts_comma(out, start);
		free_parts_count(out, connections, "connection", "connections");
	}
	if (bound) {
		text_parts_comma(out, start);
		free_parts_count(out, bound, "only bound, which stays", "only bound, which stay");
	}
	strbuf_adds(out, ")");
}

static void add_would(struct strbuf *out, const struct free_job *job, const struct target *t)
{
	struct strbuf losses = {};
	char name[SIGNAME_LEN];

	strbuf_adds(out, " would get ");
	if (job->close) {
		strbuf_adds(out, "its sockets destroyed");
		add_sockets(out, t, false);
	} else {
		strbuf_adds(out, signame(job->signal, name));
		add_what_follows(out, job, t);
	}
	free_intent_losses(&losses, t, job);
	if (losses.len)
		strbuf_addf(out, "; %s", strbuf_str(&losses));
	strbuf_done(&losses);
}

static void add_refusal(struct strbuf *out, const struct target *t)
{
	if (t->guard == GUARD_CHANCE) {
		strbuf_addf(out, " left running: %s", guard_text(t->guard));
		return;
	}
	strbuf_addf(out, " refused: %s",
		    t->guard == GUARD_PROXY && t->forwards.what[0] ? t->forwards.what :
								     guard_text(t->guard));
	if (t->instead)
		strbuf_addf(out, "; use: %s", t->instead);
	if (t->guard == GUARD_UNREACHABLE)
		strbuf_adds(out, "; run portwatch in the namespace of the host");
	else if (t->guard != GUARD_COMPANION)
		strbuf_adds(out, t->instead ? " (or --force)" : " (--force overrides this)");
}

/* Why it is still there, as far as the kernel tells. */
static void add_reason(struct strbuf *out, const struct target *t, int sig)
{
	size_t start;

	if (!t->condition.is && !condition_discards(&t->condition, sig))
		return;
	strbuf_adds(out, ": ");
	start = out->len;
	free_intent_condition(out, start, t, sig);
}

static void add_fate(struct strbuf *out, const struct free_job *job, const struct target *t)
{
	switch (t->fate) {
	case FATE_PLANNED:
		if (job->dry_run)
			add_would(out, job, t);
		else
			strbuf_adds(out, " not touched");
		break;
	case FATE_GUARDED:
		add_refusal(out, t);
		break;
	case FATE_DECLINED:
		strbuf_adds(out, " left running");
		break;
	case FATE_MISSED:
		strbuf_adds(out, " not touched: it had exited or released the port by itself");
		break;
	case FATE_FAILED:
		add_signals(out, t);
		strbuf_addf(out, " not ended: %s", strerror(-t->error));
		break;
	case FATE_WAITING:
	case FATE_ALIVE:
		add_signals(out, t);
		strbuf_adds(out, " still there after ");
		free_parts_ms(out, t->took_ns);
		add_reason(out, t, job->signal);
		break;
	case FATE_GONE:
		add_signals(out, t);
		strbuf_adds(out, " gone after ");
		free_parts_ms(out, t->took_ns);
		break;
	case FATE_RELEASED:
		add_signals(out, t);
		strbuf_adds(out, " released the port after ");
		free_parts_ms(out, t->took_ns);
		strbuf_adds(out, ", still running");
		break;
	case FATE_CLOSED:
		strbuf_adds(out, " keeps running; its sockets were destroyed");
		add_sockets(out, t, true);
		break;
	case FATE_NOTHING:
		strbuf_adds(out, " keeps running: nothing of it can be destroyed; a socket that is "
				 "only bound lives as long as its descriptor");
		break;
	case FATE_MAX:
		break;
	}
}

void free_text_target(struct strbuf *out, const struct free_job *job, const struct target *t)
{
	free_parts_ports(out, t);
	free_parts_process(out, &t->process);
	add_fate(out, job, t);
}

static bool is_worker_of(const struct plan_left *a, const struct plan_left *b)
{
	return a->respawned == b->respawned && !strncmp(a->id.comm, b->id.comm, sizeof(a->id.comm));
}

/* Count the others of its name, and return the one of them all that started first. */
static const struct plan_left *leader_of(const struct plan_port *port, const struct plan_left *l,
					 size_t *ret_others)
{
	const struct plan_left *leader = l;

	*ret_others = 0;
	for (size_t i = 0; i < port->nr_left; i++) {
		const struct plan_left *other = &port->left[i];

		if (other == l || !is_worker_of(other, l))
			continue;
		++*ret_others;
		if (other->id.start_ns < leader->id.start_ns)
			leader = other;
	}
	return leader;
}

static bool is_first_of_name(const struct plan_port *port, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (is_worker_of(&port->left[i], &port->left[at]))
			return false;
	return true;
}

/* "nginx (pid 812) +2, node (pid 900)" */
static void add_left(struct strbuf *out, const struct plan_port *port, bool respawned)
{
	size_t start = out->len, others;

	for (size_t i = 0; i < port->nr_left; i++) {
		const struct plan_left *l = &port->left[i];

		if (l->respawned != respawned || !is_first_of_name(port, i))
			continue;
		l = leader_of(port, l, &others);
		text_parts_comma(out, start);
		text_parts_person(out, l->id.comm, l->pid ? l->pid : l->id.tgid, NULL);
		if (others)
			strbuf_addf(out, " +%zu", others);
	}
}

/* As a shell's word. systemctl takes patterns, and a backslash would not survive text_escape(). */
static void add_quoted_unit(struct strbuf *out, const char *unit)
{
	bool quote = strchr(unit, '\\');

	strbuf_adds(out, quote ? "'" : "");
	for (; *unit; unit++)
		strbuf_addc(out, *unit == '\\' ? '?' : *unit);
	strbuf_adds(out, quote ? "'" : "");
}

/* Add who will start it again, and how to keep him from it. */
static void add_supervisor(struct strbuf *out, const struct plan_left *l)
{
	if (l->container) {
		strbuf_addf(out, " of container %.12s", l->container);
		return;
	}
	if (l->unit && strlen(l->unit) > 8 && !strcmp(l->unit + strlen(l->unit) - 8, ".service")) {
		strbuf_addf(out, " of unit %s; use: systemctl %sstop ", l->unit,
			    l->user_unit ? "--user " : "");
		add_quoted_unit(out, l->unit);
		return;
	}
	if (l->parent) {
		strbuf_adds(out, ", started by ");
		text_parts_person(out, l->parent_comm, l->parent, NULL);
	}
}

static void add_cure(struct strbuf *out, const struct free_job *job)
{
	strbuf_addf(out, " (%s clears it now)", job->clear_by ? job->clear_by : "--timewait");
}

static void add_busy(struct strbuf *out, const struct free_job *job, const struct plan_port *port)
{
	const struct plan_left *again = NULL;
	bool others = false;

	for (size_t i = 0; i < port->nr_left; i++) {
		if (port->left[i].respawned)
			again = again ? again : &port->left[i];
		else
			others = true;
	}
	if (again) {
		strbuf_adds(out, "taken back by ");
		add_left(out, port, true);
		add_supervisor(out, again);
		return;
	}
	if (others) {
		strbuf_adds(out, job->dry_run ? "in use by " : "still in use by ");
		add_left(out, port, false);
	} else if (port->hint) {
		strbuf_adds(out, port->hint);
	} else {
		strbuf_addf(out, "not free (%s)", names_why(port->why));
	}
	if (others && port->reach.shared.nr) {
		strbuf_adds(out, "; ");
		reach_add_shared(out, &port->reach);
	}
	if (!others && port->has_frees_in)
		strbuf_addf(out, "; free in %llu s",
			    (unsigned long long)(port->frees_in_ms + 999) / 1000);
	if (!others && port->nr_timewait && !job->timewait)
		add_cure(out, job);
	if (port->timewait_error)
		strbuf_addf(out, "; TIME-WAIT cannot be cleared: %s",
			    strerror(-port->timewait_error));
	if (job->close && !job->dry_run && others)
		strbuf_adds(out, "; a port set by bind() stays with the open file descriptor, so "
				 "closing its sockets does not free it: try without --close");
}

/* Add what --timewait does, or did. */
static void add_timewait(struct strbuf *out, const struct free_job *job,
			 const struct plan_port *port)
{
	if (port->nr_ended) {
		strbuf_adds(out, ", ");
		free_parts_count(out, port->nr_ended, "TIME-WAIT cleared", "TIME-WAITs cleared");
	} else if (job->timewait && job->dry_run && port->nr_timewait) {
		strbuf_adds(out, "; ");
		free_parts_count(out, port->nr_timewait, "TIME-WAIT would be cleared",
				 "TIME-WAITs would be cleared");
	}
}

/* Free for a server that sets SO_REUSEADDR; what a bind() without it would still meet. */
static void add_free_but(struct strbuf *out, const struct free_job *job,
			 const struct plan_port *port)
{
	strbuf_adds(out, "free for a server that sets SO_REUSEADDR, as nearly all do");
	if (port->nr_timewait) {
		strbuf_adds(out, "; ");
		free_parts_count(out, port->nr_timewait, "closed connection in TIME-WAIT",
				 "closed connections in TIME-WAIT");
		if (port->has_frees_in)
			strbuf_addf(out,
				    port->nr_timewait == 1 ? " expires in %llu s" :
							     " expire in %llu s",
				    (unsigned long long)(port->frees_in_ms + 999) / 1000);
		if (!job->timewait)
			add_cure(out, job);
	}
	if (port->nr_closing) {
		strbuf_adds(out, "; ");
		free_parts_count(out, port->nr_closing,
				 "connection without a process is still closing",
				 "connections without a process are still closing");
	}
	if (port->nr_connections) {
		strbuf_adds(out, "; ");
		free_parts_count(out, port->nr_connections, "connection stays open",
				 "connections stay open");
	}
	if (port->why == WHY_BOUND && port->nr_left) {
		strbuf_adds(out, "; bound, but not listening, by ");
		add_left(out, port, false);
	}
}

/* UDP that a number alone does not mean. */
static void add_chance(struct strbuf *out, const struct plan_port *port)
{
	strbuf_adds(out, "used by ");
	add_left(out, port, false);
	strbuf_addf(out,
		    ", a client whose port the kernel chose: not counted, since a number alone "
		    "means the server (write %u/udp to include it)",
		    port->port);
}

void free_text_port(struct strbuf *out, const struct free_job *job, const struct plan_port *port)
{
	strbuf_addf(out, "%u/%s: ", port->port, names_proto(port->proto));
	if (port->by_chance) {
		add_chance(out, port);
		return;
	}
	if (!port->is_free) {
		add_busy(out, job, port);
		add_timewait(out, job, port);
		return;
	}
	if (!port->bindable) {
		add_free_but(out, job, port);
	} else if (port->hint && port->why != WHY_FREE && port->is_free &&
		   !strncmp(port->hint, "free", 4)) {
		strbuf_adds(out, port->hint);
	} else {
		strbuf_adds(out, "free");
	}
	add_timewait(out, job, port);
}

bool free_text_has_line(const struct plan *p, const struct plan_port *port)
{
	if (port->proto != PW_UDP || !port->is_free || !port->was_free)
		return true;
	/* Both protocols were asked for: TCP has the line. */
	for (size_t i = 0; i < p->nr_ports; i++)
		if (p->ports[i].port == port->port && p->ports[i].proto == PW_TCP)
			return false;
	return true;
}
