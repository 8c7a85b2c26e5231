// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/answer_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "model/names.h"
#include "model/signame.h"
#include "print/answer_sums.h"
#include "print/json.h"
#include "print/json_parts.h"
#include "print/when.h"

struct answer_json {
	struct sink sink;
	struct json json;
	struct when when;
	out_netns_name netns_name;
};

static void add_cmdline(struct json *j, const char *words, size_t nr)
{
	size_t i = 0, len;

	if (!words || !nr)
		return;
	json_array(j, "cmdline");
	while (i < nr) {
		len = strnlen(words + i, nr - i);
		json_strn(j, NULL, words + i, len);
		i += len + 1;
	}
	json_end(j);
}

static void add_parents(struct json *j, const struct process *p)
{
	if (!p->nr_parents)
		return;
	json_array(j, "parents");
	for (size_t i = 0; i < p->nr_parents; i++) {
		json_object(j, NULL);
		json_u64(j, "pid", p->parents[i].pid);
		json_comm(j, "comm", p->parents[i].comm);
		json_end(j);
	}
	json_end(j);
}

static void add_owner(struct answer_json *e, const struct process *p, const struct holder *h)
{
	struct json *j = &e->json;
	size_t i;

	json_object(j, NULL);
	/* Not in our PID namespace: it has no number that means something here. */
	if (p->pid)
		json_u64(j, "pid", p->pid);
	json_comm(j, "comm", p->id.comm);
	json_u64(j, "uid", p->id.uid);
	json_str(j, "user", p->user);
	json_parts_time(j, "start", &e->when, p->id.start_ns);
	json_array(j, "fds");
	for (i = 0; i < h->nr_fds; i++)
		json_u64(j, NULL, h->fds[i]);
	json_end(j);
	add_cmdline(j, p->cmdline, p->cmdline_len);
	json_str(j, "cgroup", p->cgroup);
	json_str(j, "unit", p->unit);
	json_str(j, "container", p->container);
	json_str(j, "cwd", p->cwd);
	json_str(j, "exe", p->exe);
	add_parents(j, p);
	json_parts_condition(j, &p->condition);
	json_end(j);
}

static void add_creator(struct json *j, const struct socket *s)
{
	if (!s->s.creator.tgid)
		return;
	json_object(j, "creator");
	json_parts_actor(j, &s->s.creator);
	if (s->creator_alive || s->creator_gone)
		json_bool(j, "alive", s->creator_alive);
	if (s->s.flags & PW_F_INFERRED)
		json_bool(j, "inferred", true);
	json_end(j);
}

/* Add the members that only live sockets have, or only TIME-WAIT sockets. */
static void add_kind(struct answer_json *e, const struct socket *s)
{
	struct json *j = &e->json;

	if (s->has_expires)
		json_u64(j, "expires_ms", s->expires_ms);
	json_str(j, "waits_for", lasts_name(s->waits_for));
	if (s->retransmits)
		json_u64(j, "retransmits", s->retransmits);
	if (s->s.state == PW_TIME_WAIT) {
		if (s->bind.known)
			json_bool(j, "reusable", s->reusable);
		return;
	}
	if (s->s.family == PW_INET6 && !(s->lacks & PW_LACKS_V6ONLY))
		json_bool(j, "v6only", s->s.flags & PW_F_V6ONLY);
	if (s->bind.known || s->s.since_ns)
		json_bool(j, "reuseport", s->s.flags & PW_F_REUSEPORT);
	if (s->s.state == PW_LISTEN && !(s->lacks & PW_LACKS_BACKLOG))
		json_u64(j, "backlog", s->s.backlog);
	if (s->s.state == PW_LISTEN && s->has_drops)
		json_u64(j, "queue", s->waiting);
	if (s->qlen)
		json_u64(j, "half_open", s->qlen);
	if (s->drops)
		json_u64(j, "drops", s->drops);
	json_parts_time(j, "since", &e->when, s->s.since_ns);
}

static void add_socket(struct answer_json *e, const struct answer *a, const struct socket *s)
{
	struct json *j = &e->json;
	size_t i;

	json_object(j, NULL);
	json_str(j, "proto", names_proto(s->s.proto));
	json_str(j, "family", names_family(s->s.family));
	json_str(j, "state", names_state(s->s.state));
	json_parts_address(j, "local", s->s.family, &s->s.laddr, s->s.lport);
	if (s->s.rport || !addr_is_any(s->s.family, &s->s.raddr))
		json_parts_address(j, "remote", s->s.family, &s->s.raddr, s->s.rport);
	if (addr_is_own_peer(&s->s))
		json_bool(j, "connected_to_itself", true);
	json_parts_netns(j, e->netns_name, s->s.netns);
	if (s->device[0])
		json_str(j, "device", s->device);
	if (s->s.cookie)
		json_u64(j, "cookie", s->s.cookie);
	add_kind(e, s);
	json_str(j, "resolved", names_resolved(s->resolved));
	if (s->has_uid && !s->nr_holders)
		json_u64(j, "uid", s->uid);
	add_creator(j, s);
	json_array(j, "owners");
	for (i = 0; i < s->nr_holders; i++)
		add_owner(e, &a->processes[s->holders[i].process], &s->holders[i]);
	json_end(j);
	json_end(j);
}

static void add_verdict(struct json *j, const struct verdict *v)
{
	size_t i;

	json_object(j, NULL);
	json_u64(j, "port", v->port);
	json_str(j, "proto", names_proto(v->proto));
	if (v->why != WHY_UNKNOWN)
		json_bool(j, "bindable", v->bindable);
	json_str(j, "why", names_why(v->why));
	if (v->has_frees_in)
		json_u64(j, "frees_in_ms", v->frees_in_ms);
	else
		json_null(j, "frees_in_ms");
	json_str(j, "hint", v->hint);
	json_str(j, "guarded_for", v->guarded_for);
	if (v->queue.nr && !v->queue.nr_unseen)
		json_bool(j, "accepting", !queue_is_full(&v->queue));
	if (v->queue.gave_up)
		json_u64(j, "gave_up", v->queue.gave_up);
	json_parts_reach(j, &v->reach);
	if (v->with_reuseaddr || v->with_reuseport) {
		json_array(j, "bindable_with");
		json_str(j, NULL, v->with_reuseaddr ? "SO_REUSEADDR" : NULL);
		json_str(j, NULL, v->with_reuseport ? "SO_REUSEPORT" : NULL);
		json_end(j);
	}
	if (v->nr_facts) {
		json_array(j, "facts");
		for (i = 0; i < v->nr_facts; i++)
			json_str(j, NULL, v->facts[i].text);
		json_end(j);
	}
	json_end(j);
}

static void add_past(struct answer_json *e, const struct past *p)
{
	static const char *const hows[] = {
		[PAST_CLOSED] = "closed",
		[PAST_EXITED] = "exited",
		[PAST_KILLED] = "killed",
		[PAST_PASSED] = "passed",
	};
	struct json *j = &e->json;
	char name[SIGNAME_LEN];

	json_object(j, NULL);
	json_u64(j, "port", p->port);
	json_str(j, "proto", names_proto(p->proto));
	json_parts_netns(j, e->netns_name, p->netns);
	json_parts_actor(j, &p->id);
	json_u64(j, "uid", p->id.uid);
	json_parts_time(j, "start", &e->when, p->id.start_ns);
	json_parts_time(j, "since", &e->when, p->since_ns);
	json_parts_time(j, "until", &e->when, p->until_ns);
	json_str(j, "how", hows[p->how]);
	if (p->how == PAST_EXITED)
		json_u64(j, "status", p->code);
	if (p->how == PAST_KILLED)
		json_str(j, "signal", signame(p->code, name));
	add_cmdline(j, p->cmdline, p->cmdline_len);
	if (p->cmdline_cut)
		json_bool(j, "cmdline_cut", true);
	json_end(j);
}

static void add_sources(struct json *j, const struct answer *a)
{
	if (a->nr_sources)
		json_object(j, "sources");
	for (size_t i = 0; i < a->nr_sources; i++)
		json_str(j, a->sources[i].fact, a->sources[i].name);
	if (a->nr_sources)
		json_end(j);
	json_parts_unknown(j, a->unknown);
}

static int answer(struct sink *s, const struct answer *a, enum answer_view view)
{
	struct answer_json *e = (struct answer_json *)s;
	struct json *j = &e->json;
	size_t i;

	json_object(j, NULL);
	json_u64(j, "schema", 1);
	json_parts_time(j, "time", &e->when, a->time_ns);
	json_str(j, "source", a->from_tracker ? "tracker" : "snapshot");
	json_bool(j, "degraded", a->degraded);
	add_sources(j, a);
	json_array(j, "sockets");
	for (i = 0; i < a->nr_sockets; i++)
		add_socket(e, a, &a->sockets[i]);
	json_end(j);
	json_array(j, "ports");
	for (i = 0; i < a->nr_verdicts; i++)
		add_verdict(j, &a->verdicts[i]);
	json_end(j);
	if (view == VIEW_LIST)
		answer_sums_json(j, a);
	if (view == VIEW_WHO) {
		json_array(j, "history");
		for (i = 0; i < a->nr_pasts; i++)
			add_past(e, &a->pasts[i]);
		json_end(j);
	}
	json_end(j);
	json_line(j);
	return json_flush(j);
}

static int flush(struct sink *s)
{
	return json_flush(&((struct answer_json *)s)->json);
}

static void done(struct sink *s)
{
	json_done(&((struct answer_json *)s)->json);
	free(s);
}

int answer_json_new(const struct out_opts *opts, FILE *out, struct sink **ret)
{
	static const struct sink_ops ops = { .answer = answer, .flush = flush, .free = done };
	struct answer_json *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->sink.ops = &ops;
	json_init(&e->json, out);
	when_init(&e->when, opts->boot_to_real);
	e->netns_name = opts->netns_name;
	*ret = &e->sink;
	return 0;
}
