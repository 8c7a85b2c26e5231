// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/free_report.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/wrap.h"
#include "model/guard.h"
#include "model/names.h"
#include "model/plan_ports.h"
#include "model/signame.h"
#include "print/color.h"
#include "print/free_text.h"
#include "print/json_parts.h"

/* Names of processes and units are hostile, what we say around them is plain: so the line
 * is escaped as a whole. */
static int print_line(FILE *out, const struct out_opts *opts, const char *color,
		      struct strbuf *line)
{
	_cleanup_(strbuf_done) struct strbuf safe = {}, wrapped = {};

	text_escape(&safe, line->s, line->len);
	wrap_add(&wrapped, strbuf_str(&safe), strbuf_len(&safe), opts->width);
	if (strbuf_error(line) || strbuf_error(&safe) || strbuf_error(&wrapped))
		return -ENOMEM;
	if (!opts->color || !color)
		fprintf(out, "%s\n", strbuf_str(&wrapped));
	else
		fprintf(out, "%s%s%s\n", color, strbuf_str(&wrapped), COLOR_RESET);
	return ferror(out) ? -errno : 0;
}

static int finish(FILE *out)
{
	return fflush(out) ? -errno : 0;
}

int free_report_target(FILE *out, const struct out_opts *opts, const struct free_job *job,
		       const struct target *t)
{
	_cleanup_(strbuf_done) struct strbuf line = {};
	int err;

	if (opts->json)
		return 0;
	free_text_target(&line, job, t);
	err = print_line(out, opts, NULL, &line);
	/* Now: the next may take its time. */
	return err ? err : finish(out);
}

static int end_text(FILE *out, const struct out_opts *opts, const struct free_job *job,
		    const struct plan *p)
{
	int err = 0;

	for (size_t i = 0; i < p->nr_ports && !err; i++) {
		_cleanup_(strbuf_done) struct strbuf line = {};

		if (!free_text_has_line(p, &p->ports[i]))
			continue;
		free_text_port(&line, job, &p->ports[i]);
		err = print_line(out, opts,
				 (p->ports[i].is_free || p->ports[i].by_chance) ? COLOR_GREEN :
										  COLOR_RED,
				 &line);
	}
	if (!p->nr_ports && !err)
		fputs("free: none of these ports is in use\n", out);
	return err ? err : finish(out);
}

static void add_ports_of(struct json *j, const struct target *t)
{
	json_array(j, "sockets");
	for (size_t i = 0; i < t->nr_sockets; i++) {
		const struct pw_sock *s = &t->sockets[i].s;

		json_object(j, NULL);
		json_str(j, "proto", names_proto(s->proto));
		json_str(j, "state", names_state(s->state));
		json_parts_address(j, "local", s->family, &s->laddr, s->lport);
		if (s->rport)
			json_parts_address(j, "remote", s->family, &s->raddr, s->rport);
		json_end(j);
	}
	json_end(j);
}

/* Add what else ends with the target, and who may start it again. */
static void add_consequences(struct json *j, const struct target *t)
{
	static const char *const keepers[] = {
		[KEEPER_PARENT] = "parent",
		[KEEPER_LOOP] = "loop",
		[KEEPER_UNIT] = "unit",
		[KEEPER_CONTAINER] = "container",
	};

	if (t->condition.namespace_init)
		json_u64(j, "ends_with_it", t->nr_die_with);
	if (t->terminal)
		json_bool(j, "hangs_up_terminal", true);
	json_array(j, "also_serves");
	for (unsigned int i = 0; i < t->nr_also && i < PLAN_MAX_ALSO; i++) {
		json_object(j, NULL);
		json_u64(j, "port", t->also[i].port);
		json_str(j, "proto", names_proto(t->also[i].proto));
		if (t->also[i].netns)
			json_u64(j, "netns", t->also[i].netns);
		json_end(j);
	}
	json_end(j);
	json_u64(j, "also_serves_total", t->nr_also);
	json_u64(j, "also_established", t->nr_also_established);
	if (t->keeper == KEEPER_NONE)
		return;
	json_str(j, "started_again_by", keepers[t->keeper]);
	if (t->restart[0])
		json_str(j, "restart", t->restart);
	if (t->parent) {
		json_object(j, "parent");
		json_u64(j, "pid", t->parent);
		if (t->parent_comm[0])
			json_comm(j, "comm", t->parent_comm);
		json_end(j);
	}
}

static void add_guard(struct json *j, const struct target *t)
{
	if (t->guard == GUARD_NONE)
		return;
	json_str(j, "guard", names_guard(t->guard));
	json_str(j, "reason",
		 t->guard == GUARD_PROXY && t->forwards.what[0] ? t->forwards.what :
								  guard_text(t->guard));
	json_str(j, "instead", t->instead);
}

static void add_target(struct json *j, struct when *w, const struct target *t)
{
	const struct process *p = &t->process;
	char name[SIGNAME_LEN];

	json_object(j, NULL);
	if (p->pid)
		json_u64(j, "pid", p->pid);
	json_comm(j, "comm", p->id.comm);
	json_u64(j, "uid", p->id.uid);
	json_str(j, "user", p->user);
	json_parts_time(j, "start", w, p->id.start_ns);
	json_str(j, "unit", p->unit);
	json_str(j, "container", p->container);
	add_ports_of(j, t);
	json_u64(j, "established", t->nr_established);
	json_u64(j, "children", t->nr_children);
	add_consequences(j, t);
	if (t->condition.is & (COND_STOPPED | COND_TRACED))
		json_bool(j, "stopped", true);
	json_parts_condition(j, &t->condition);
	add_guard(j, t);
	if (t->fate == FATE_CLOSED) {
		uint64_t closed = 0;

		for (size_t i = 0; i < t->nr_sockets; i++)
			closed += t->sockets[i].closed;
		json_u64(j, "closed", closed);
	}
	json_array(j, "signals");
	for (size_t i = 0; i < PLAN_MAX_SIGNALS && t->signals[i]; i++)
		json_str(j, NULL, signame(t->signals[i], name));
	json_end(j);
	json_str(j, "result", names_fate(t->fate));
	if (t->signals[0])
		json_milli(j, "ms", t->took_ns / 1000);
	if (t->error) {
		char buf[NAMES_ERRNO_LEN];

		json_str(j, "error", names_errno(-t->error, buf));
	}
	json_end(j);
}

static void add_left(struct json *j, const struct plan_left *l)
{
	json_object(j, NULL);
	if (l->pid)
		json_u64(j, "pid", l->pid);
	json_comm(j, "comm", l->id.comm);
	json_bool(j, "respawned", l->respawned);
	if (l->parent) {
		json_object(j, "parent");
		json_u64(j, "pid", l->parent);
		if (l->parent_comm[0])
			json_comm(j, "comm", l->parent_comm);
		json_end(j);
	}
	json_str(j, "unit", l->unit);
	json_str(j, "container", l->container);
	json_end(j);
}

static void add_port(struct json *j, const struct plan_port *port)
{
	json_object(j, NULL);
	json_u64(j, "port", port->port);
	json_str(j, "proto", names_proto(port->proto));
	json_bool(j, "free", port->is_free);
	json_bool(j, "was_free", port->was_free);
	json_bool(j, "bindable", port->bindable);
	if (port->is_free && !port->bindable) {
		json_array(j, "bindable_with");
		json_str(j, NULL, "SO_REUSEADDR");
		json_end(j);
	}
	if (port->by_chance)
		json_bool(j, "by_chance", true);
	json_str(j, "why", names_why(port->why));
	json_u64(j, "timewait", port->nr_timewait);
	json_u64(j, "closing", port->nr_closing);
	json_u64(j, "connections", port->nr_connections);
	json_u64(j, "waiting", port->nr_waiting);
	if (port->nr_ended)
		json_u64(j, "timewait_ended", port->nr_ended);
	if (port->has_frees_in)
		json_u64(j, "frees_in_ms", port->frees_in_ms);
	else
		json_null(j, "frees_in_ms");
	json_array(j, "owners");
	for (size_t i = 0; i < port->nr_left; i++)
		add_left(j, &port->left[i]);
	json_end(j);
	json_str(j, "hint", port->hint);
	json_parts_reach(j, &port->reach);
	json_end(j);
}

static int end_json(FILE *out, const struct out_opts *opts, const struct free_job *job,
		    const struct plan *p, uint64_t now_ns)
{
	_cleanup_(json_done) struct json j;
	struct when w;

	json_init(&j, out);
	when_init(&w, opts->boot_to_real);
	json_object(&j, NULL);
	json_u64(&j, "schema", 1);
	json_parts_time(&j, "time", &w, now_ns);
	json_str(&j, "source", job->from_tracker ? "tracker" : "snapshot");
	json_parts_unknown(&j, p->unknown);
	json_bool(&j, "dry_run", job->dry_run);
	json_bool(&j, "free", plan_all_free(p));
	if (job->timed_out)
		json_bool(&j, "timed_out", true);
	if (job->interrupted)
		json_bool(&j, "interrupted", true);
	json_array(&j, "processes");
	for (size_t i = 0; i < p->nr_targets; i++)
		add_target(&j, &w, &p->targets[i]);
	json_end(&j);
	json_array(&j, "ports");
	for (size_t i = 0; i < p->nr_ports; i++)
		add_port(&j, &p->ports[i]);
	json_end(&j);
	json_end(&j);
	json_line(&j);
	return json_flush(&j);
}

int free_report_end(FILE *out, const struct out_opts *opts, const struct free_job *job,
		    const struct plan *p, uint64_t now_ns)
{
	return opts->json ? end_json(out, opts, job, p, now_ns) : end_text(out, opts, job, p);
}
