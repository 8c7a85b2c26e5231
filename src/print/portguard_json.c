// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/cleanup.h"
#include "model/names.h"
#include "print/json.h"
#include "print/json_parts.h"
#include "print/portguard_print.h"

static void add_allowed(struct json *j, const struct portguard_rule *r)
{
	json_array(j, "allowed");
	for (uint32_t i = 0; i < r->r.nr_whos; i++) {
		const struct pw_guard_who *w = &r->whos[i];

		json_object(j, NULL);
		json_str(j, portguard_kind(w->kind), w->text);
		if (w->kind == PW_GUARD_USER) {
			json_u64(j, "uid", w->id);
		} else if (w->kind == PW_GUARD_EXE) {
			json_u64(j, "device", w->device);
			json_u64(j, "inode", w->id);
		}
		json_end(j);
	}
	json_end(j);
}

static void add_user(struct json *j, const char *key, const struct out_opts *opts, uint32_t uid)
{
	if (opts->user_name)
		json_str(j, key, opts->user_name(uid));
}

static void add_last(struct json *j, const struct pw_guard_count *c, struct when *when,
		     const struct out_opts *opts)
{
	json_object(j, "last");
	json_parts_time(j, "time", when, c->last_ns);
	json_u64(j, "pid", c->pid);
	json_comm(j, "comm", c->comm);
	json_u64(j, "uid", c->uid);
	add_user(j, "user", opts, c->uid);
	json_end(j);
}

static void add_ports(struct json *j, const struct portguard_rule *r, struct when *when,
		      const struct out_opts *opts)
{
	json_array(j, "ports");
	for (size_t i = 0; i < r->nr_ports; i++) {
		const struct portguard_port *p = &r->ports[i];

		json_object(j, NULL);
		json_u64(j, "port", p->key.port);
		if (!r->reserve)
			json_str(j, "proto", names_proto(p->key.proto));
		if (p->kept != KEPT_UNKNOWN)
			json_bool(j, "reserved", p->kept == KEPT_YES);
		if (!r->reserve)
			json_u64(j, "refused", p->count.refused);
		if (p->count.last_ns)
			add_last(j, &p->count, when, opts);
		json_end(j);
	}
	json_end(j);
}

static void add_rule(struct json *j, const struct portguard_rule *r, struct when *when,
		     const struct out_opts *opts)
{
	const struct portguard_port *last;

	json_object(j, NULL);
	add_ports(j, r, when, opts);
	json_parts_netns(j, opts->netns_name, r->r.netns);
	if (!r->reserve) {
		add_allowed(j, r);
		json_bool(j, "audit", r->r.audit);
		json_u64(j, "refused", portguard_refused(r, &last));
	}
	json_parts_time(j, "since", when, r->r.since_ns);
	json_parts_time(j, "until", when, r->r.until_ns);
	json_object(j, "by");
	json_u64(j, "uid", r->r.uid);
	add_user(j, "user", opts, r->r.uid);
	if (r->r.login != UINT32_MAX)
		add_user(j, "login", opts, r->r.login);
	json_end(j);
	json_end(j);
}

static void add_rules(struct json *j, const char *key, bool reserve, const struct portguard_list *l,
		      struct when *when, const struct out_opts *opts)
{
	json_array(j, key);
	for (size_t i = 0; i < l->nr; i++)
		if (l->v[i].reserve == reserve)
			add_rule(j, &l->v[i], when, opts);
	json_end(j);
}

int portguard_json(const struct portguard_list *l, bool attached, uint64_t now_ns,
		   const struct out_opts *opts, FILE *out)
{
	_cleanup_(json_done) struct json j;
	struct when when;

	when_init(&when, opts->boot_to_real);
	json_init(&j, out);
	json_object(&j, NULL);
	json_u64(&j, "schema", 1);
	json_parts_time(&j, "time", &when, now_ns);
	json_bool(&j, "attached", attached);
	add_rules(&j, "guards", false, l, &when, opts);
	add_rules(&j, "reserved", true, l, &when, opts);
	json_end(&j);
	json_line(&j);
	return json_flush(&j);
}
