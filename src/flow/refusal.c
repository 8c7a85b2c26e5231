// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/refusal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/strbuf.h"
#include "flow/portguard_note.h"
#include "model/portspec.h"
#include "sys/host.h"
#include "sys/netns.h"
#include "track/query.h"

static bool is_ours(struct refusal *r, const struct pw_event *ev)
{
	return (r->netns || !netns_self(&r->netns)) && ev->netns == r->netns;
}

static bool same_question(const struct pw_event *a, const struct pw_event *b)
{
	return a->proto == b->proto && a->family == b->family && a->call == b->call &&
	       a->ifindex == b->ifindex && a->actor.uid == b->actor.uid && a->rport == b->rport &&
	       !memcmp(&a->raddr, &b->raddr, sizeof(a->raddr)) &&
	       !memcmp(&a->laddr, &b->laddr, sizeof(a->laddr)) && a->flags == b->flags &&
	       b->time_ns - a->time_ns < NSEC_PER_SEC;
}

static int count(struct refusal *r, const struct pw_event *ev)
{
	_cleanup_(answer_done) struct answer a = {};
	uint64_t ports[PORTSPEC_WORDS] = {}, reserved[PORTSPEC_WORDS] = {};
	struct query q = { .ports = ports, .proto = ev->proto, .netns = ev->netns };
	struct portuse use = {};
	int err = host_local_range(&use.first, &use.last);

	if (!err)
		err = host_reserved_ports(reserved);
	if (err)
		return err;
	for (uint32_t port = use.first; port <= use.last; port++)
		port_set(ports, port);
	answer_init(&a);
	err = query_run(r->tracker, &q, &a);
	if (!err)
		err = portuse_count(&a, ev, reserved, &use);
	if (!err)
		r->use = use;
	return err;
}

/* "no port of 32768-60999 is left for 10.0.0.5:5432" */
static void say_range(struct refusal *r, const struct pw_event *ev)
{
	_cleanup_(strbuf_done) struct strbuf out = {};
	const struct portuse *u = &r->use;
	char peer[ADDR_PORT_LEN];

	if (portuse_is_exhausted(u))
		strbuf_addf(&out, "no port of %u-%u is left", u->first, u->last);
	else
		strbuf_addf(&out, "%zu of %zu ports of %u-%u are used", u->used, u->total, u->first,
			    u->last);
	if (ev->call == PW_CALL_CONNECT && ev->rport) {
		addr_format_port(ev->family, &ev->raddr, ev->rport, peer);
		strbuf_addf(&out, " for %s", peer);
	}
	snprintf(r->reason, sizeof(r->reason), "%s", strbuf_str(&out));
}

static void ask_range(struct refusal *r, const struct pw_event *ev, struct event_extra *ret)
{
	if (!r->tracker)
		return;
	if (!r->known || !same_question(&r->last, ev)) {
		r->known = !count(r, ev);
		r->last = *ev;
	}
	if (!r->known)
		return;
	say_range(r, ev);
	ret->range = &r->use;
	ret->reason = r->reason;
}

static void ask_guards(struct refusal *r, const struct pw_event *ev, struct event_extra *ret)
{
	_cleanup_(strbuf_done) struct strbuf out = {};

	if (ev->lport != r->guarded.lport || !same_question(&r->guarded, ev)) {
		portguard_reason(r->pin_dir, ev->netns, ev->proto, ev->lport, &out);
		snprintf(r->guard, sizeof(r->guard), "%s", strbuf_str(&out));
		r->guarded = *ev;
	}
	if (r->guard[0])
		ret->reason = r->guard;
}

void refusal_ask(struct refusal *r, const struct pw_event *ev, struct event_extra *ret)
{
	if (ev->kind != PW_EV_BIND_FAILED || !is_ours(r, ev))
		return;
	if (portuse_applies(ev)) {
		ask_range(r, ev, ret);
	} else if (ev->error == EACCES && ev->lport && ev->lport < host_unprivileged_start()) {
		snprintf(r->reason, sizeof(r->reason), "privileged: below %u",
			 host_unprivileged_start());
		ret->reason = r->reason;
	} else if (ev->error == EPERM && ev->call == PW_CALL_BIND) {
		ask_guards(r, ev, ret);
	} else if (ev->error == EADDRNOTAVAIL && ev->call == PW_CALL_BIND) {
		ret->reason = "no such address here";
	} else if (ev->error == EADDRNOTAVAIL && ev->call == PW_CALL_CONNECT) {
		ret->reason = "this connection exists already, or its TIME-WAIT";
	}
}
