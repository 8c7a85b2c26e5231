// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/event_json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/addr.h"
#include "model/names.h"
#include "print/json.h"
#include "print/json_parts.h"
#include "print/when.h"

struct event_json {
	struct sink sink;
	struct json json;
	struct when when;
	out_netns_name netns_name;
	out_device_name device_name;
};

static void add_states(struct json *j, const struct pw_event *ev)
{
	bool has_old = ev->old_state && ev->old_state != ev->new_state;

	switch (ev->kind) {
	case PW_EV_LISTEN:
	case PW_EV_CONNECT:
	case PW_EV_STATE:
	case PW_EV_CLOSE:
		if (has_old)
			json_str(j, "old", names_state(ev->old_state));
		if (ev->new_state && (has_old || ev->kind != PW_EV_CLOSE))
			json_str(j, "new", names_state(ev->new_state));
	}
}

static void add_holders(struct json *j, const struct event_extra *x)
{
	size_t i;

	if (!x->holders_known && !x->nr_holders)
		return;
	json_array(j, "holders");
	for (i = 0; i < x->nr_holders; i++) {
		json_object(j, NULL);
		json_parts_actor(j, &x->holders[i].actor);
		if (x->holders[i].state)
			json_str(j, "state", names_state(x->holders[i].state));
		if (x->holders[i].left)
			json_bool(j, "left", true);
		json_end(j);
	}
	json_end(j);
}

static void add_peer(struct json *j, const struct event_extra *x)
{
	if (!x->peer)
		return;
	json_object(j, "peer");
	json_parts_actor(j, x->peer);
	if (x->peer_inferred)
		json_bool(j, "inferred", true);
	json_end(j);
}

/* Add the options that decide who else may bind the port. Absent: not set, or not seen. */
static void add_options(struct json *j, const struct pw_event *ev)
{
	if (ev->kind != PW_EV_BIND && ev->kind != PW_EV_BIND_FAILED && ev->kind != PW_EV_LISTEN)
		return;
	if (ev->flags & PW_EF_REUSEADDR)
		json_bool(j, "reuseaddr", true);
	if (ev->flags & PW_EF_REUSEPORT)
		json_bool(j, "reuseport", true);
	if (ev->flags & PW_EF_V6ONLY && ev->family == PW_INET6)
		json_bool(j, "v6only", true);
}

static void add_descriptors(struct json *j, const struct event_extra *x)
{
	if (!x->nr_fds)
		return;
	json_array(j, "fds");
	for (size_t i = 0; i < x->nr_fds; i++)
		json_u64(j, NULL, x->fds[i]);
	json_end(j);
}

static void add_range(struct json *j, const struct portuse *u)
{
	json_object(j, "range");
	json_u64(j, "first", u->first);
	json_u64(j, "last", u->last);
	json_u64(j, "total", u->total);
	json_u64(j, "used", u->used);
	for (int i = 0; i < PORTUSE_KINDS; i++)
		json_u64(j, portuse_kind_name(i), u->by[i]);
	json_array(j, "most");
	for (size_t i = 0; i < u->nr_most; i++) {
		json_object(j, NULL);
		json_parts_actor(j, &u->most[i].actor);
		json_u64(j, "ports", u->most[i].ports);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

/* Add the members that only some kinds of events have. */
static void add_details(struct json *j, const struct pw_event *ev, const struct event_extra *x)
{
	add_options(j, ev);
	add_descriptors(j, x);
	add_peer(j, x);
	switch (ev->kind) {
	case PW_EV_LISTEN:
		json_u64(j, "backlog", ev->backlog);
		break;
	case PW_EV_CLOSE:
		if (ev->age_ns)
			json_milli(j, "duration_ms", ev->age_ns / 1000);
		break;
	case PW_EV_TIMEWAIT_END:
		if (ev->flags & PW_EF_REUSED)
			json_bool(j, "reused", true);
		break;
	case PW_EV_BIND_FAILED:
		add_holders(j, x);
		if (x->reason)
			json_str(j, "reason", x->reason);
		if (x->range)
			add_range(j, x->range);
		break;
	}
	if (ev->flags & PW_EF_ESTIMATED)
		json_bool(j, "estimated", true);
}

static void add_device(struct event_json *e, const struct pw_event *ev)
{
	char number[PW_DEVICE_LEN];
	const char *name = NULL;

	if (!ev->ifindex)
		return;
	if (e->device_name)
		name = e->device_name(ev->netns, ev->ifindex);
	snprintf(number, sizeof(number), "%" PRIu32, ev->ifindex);
	json_str(&e->json, "device", name ?: number);
}

static void add_socket(struct event_json *e, const struct pw_event *ev)
{
	struct json *j = &e->json;

	json_str(j, "proto", names_proto(ev->proto));
	json_str(j, "family", names_family(ev->family));
	if (ev->lport || !addr_is_any(ev->family, &ev->laddr))
		json_parts_address(j, "local", ev->family, &ev->laddr, ev->lport);
	if (ev->rport || !addr_is_any(ev->family, &ev->raddr))
		json_parts_address(j, "remote", ev->family, &ev->raddr, ev->rport);
	json_parts_netns(j, e->netns_name, ev->netns);
	add_device(e, ev);
	if (ev->cookie)
		json_u64(j, "cookie", ev->cookie);
	if (ev->actor.tgid) {
		json_parts_actor(j, &ev->actor);
		json_u64(j, "uid", ev->actor.uid);
		if (event_is_call(ev->kind) && ev->thread)
			json_u64(j, "tid", ev->thread);
		if (ev->flags & PW_EF_INFERRED)
			json_bool(j, "inferred", true);
	}
}

static void add_failure(struct json *j, const struct pw_event *ev)
{
	char buf[NAMES_ERRNO_LEN];

	if (ev->error)
		json_str(j, "error", names_errno(ev->error, buf));
	if (ev->call != PW_CALL_BIND)
		json_str(j, "call", names_call(ev->call));
}

static int event(struct sink *s, const struct pw_event *ev, const struct event_extra *x)
{
	struct event_json *e = (struct event_json *)s;
	struct json *j = &e->json;

	json_object(j, NULL);
	json_parts_time(j, "time", &e->when, ev->time_ns);
	json_str(j, "event", names_event(ev->kind));
	if (ev->kind == PW_EV_LOST) {
		json_u64(j, "count", ev->age_ns);
	} else {
		if (ev->kind == PW_EV_BIND_FAILED)
			add_failure(j, ev);
		add_states(j, ev);
		add_socket(e, ev);
		add_details(j, ev, x);
	}
	json_end(j);
	json_line(j);
	return j->error;
}

static int flush(struct sink *s)
{
	return json_flush(&((struct event_json *)s)->json);
}

static void set_clock(struct sink *s, int64_t boot_to_real)
{
	when_set(&((struct event_json *)s)->when, boot_to_real);
}

static void done(struct sink *s)
{
	json_done(&((struct event_json *)s)->json);
	free(s);
}

int event_json_new(const struct out_opts *opts, FILE *out, struct sink **ret)
{
	static const struct sink_ops ops = {
		.event = event,
		.flush = flush,
		.set_clock = set_clock,
		.free = done,
	};
	struct event_json *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->sink.ops = &ops;
	e->sink.shows_more = true;
	json_init(&e->json, out);
	when_init(&e->when, opts->boot_to_real);
	e->netns_name = opts->netns_name;
	e->device_name = opts->device_name;
	*ret = &e->sink;
	return 0;
}
