// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/audit_print.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "model/names.h"
#include "print/json.h"
#include "print/json_parts.h"
#include "print/prose.h"
#include "print/text_parts.h"
#include "print/when.h"

static const struct {
	const char *map, *problem, *text;
} kinds[] = {
	[FAULT_MISSING] = { "sockets", "missing", "the tracker does not have it" },
	[FAULT_STALE] = { "sockets", "stale", "the kernel has no such socket" },
	[FAULT_WRONG] = { "sockets", "wrong", NULL },
	[FAULT_SLOT] = { "port_slots", "stale", "no entry has this place" },
	[FAULT_UNPLACED] = { "port_slots", "missing", "its place in the index is not its own" },
	[FAULT_COUNT] = { "ports", "wrong", NULL },
	[FAULT_PROC] = { "procs", "stale", "this process has ended" },
	[FAULT_MEMBER] = { "members", "stale", "no such member" },
	[FAULT_TIMEWAIT] = { "timewait", "stale", "the kernel has none" },
	[FAULT_UNSEEN] = { NULL, "unseen", "sock_diag shows it, the iterators do not" },
};

static const struct {
	enum uncompared bit;
	const char *name, *text;
} uncompared[] = {
	{ UNCOMPARED_SOCKETS, "sockets", "sockets that no process has a descriptor of" },
	{ UNCOMPARED_BOUND, "bound-sockets", "TCP sockets that are only bound" },
	{ UNCOMPARED_STALE, "stale-entries", "entries of sockets that no table shows" },
	{ UNCOMPARED_TIMEWAIT, "timewait", "sockets in TIME-WAIT" },
	{ UNCOMPARED_PROCESSES, "processes", "the processes of the map procs" },
	{ UNCOMPARED_NETNS, "netns", "sockets of network namespaces that cannot be entered" },
};

static void add_value(struct strbuf *out, const char *field, const struct pw_sock *s)
{
	if (!strcmp(field, "state"))
		strbuf_adds(out, names_state(s->state));
	else if (!strcmp(field, "family"))
		strbuf_adds(out, names_family(s->family));
	else if (!strcmp(field, "proto"))
		strbuf_adds(out, names_proto(s->proto));
	else if (!strcmp(field, "port"))
		strbuf_addu(out, s->lport);
	else if (!strcmp(field, "netns"))
		strbuf_addu(out, s->netns);
	else if (!strcmp(field, "cookie"))
		strbuf_addu(out, s->cookie);
	else if (!strcmp(field, "local"))
		text_parts_endpoint(out, NULL, s->proto, s->family, &s->laddr, s->lport);
	else
		text_parts_endpoint(out, NULL, s->proto, s->family, &s->raddr, s->rport);
}

static void add_said(struct strbuf *out, const struct fault *f)
{
	if (!strcmp(f->field, "port") && !(f->at.s.flags & (PW_F_INDEXED | PW_F_COUNTED)))
		strbuf_adds(out, "none");
	else
		add_value(out, f->field, &f->at.s);
}

static bool has_peer(const struct pw_sock *s)
{
	return s->rport || (s->family && !addr_is_any(s->family, &s->raddr));
}

static void add_socket(struct strbuf *out, const struct pw_sock *s)
{
	strbuf_addf(out, "%s %s ", names_proto(s->proto), names_state(s->state));
	text_parts_endpoint(out, NULL, s->proto, s->family, &s->laddr, s->lport);
	if (has_peer(s)) {
		strbuf_adds(out, " -> ");
		text_parts_endpoint(out, NULL, s->proto, s->family, &s->raddr, s->rport);
	}
	strbuf_addf(out, " netns %u", s->netns);
}

static uint8_t proto_of(uint32_t port_index)
{
	return port_index >= PW_PORT_INDEX(PW_UDP, 0) ? PW_UDP : PW_TCP;
}

static void add_text(struct strbuf *out, const struct fault *f)
{
	if (kinds[f->kind].map)
		strbuf_addf(out, "%s: ", kinds[f->kind].map);
	switch (f->kind) {
	case FAULT_SLOT:
		strbuf_addf(out, "%u/%s place %u", f->slot.port, names_proto(f->slot.proto),
			    f->slot.slot);
		break;
	case FAULT_COUNT:
		strbuf_addf(out,
			    "%u/%s: the tracker counts %u indexed and %u others, has %u and %u",
			    (uint16_t)f->port_index, names_proto(proto_of(f->port_index)),
			    f->said.indexed, f->said.live, f->found.indexed, f->found.live);
		break;
	case FAULT_PROC:
	case FAULT_MEMBER:
		strbuf_addf(out, "PID %u", f->tgid);
		break;
	default:
		add_socket(out, &f->at.s);
	}
	if (kinds[f->kind].text)
		strbuf_addf(out, ": %s", kinds[f->kind].text);
	if (f->kind == FAULT_WRONG) {
		strbuf_addf(out, ": %s is ", f->field);
		add_said(out, f);
		strbuf_adds(out, " to the tracker, ");
		add_value(out, f->field, &f->kernel);
		strbuf_adds(out, " to the kernel");
	}
}

static void add_uncompared(struct strbuf *out, unsigned int bits)
{
	const char *before = "not compared, as the kernel refuses to show them: ";

	for (size_t i = 0; i < ARRAY_SIZE(uncompared); i++) {
		if (!(bits & uncompared[i].bit))
			continue;
		strbuf_addf(out, "%s%s", before, uncompared[i].text);
		before = ", ";
	}
	if (bits)
		strbuf_addc(out, '\n');
}

static int print_text(const struct out_opts *opts, const struct audit_report *r, FILE *out)
{
	_cleanup_(strbuf_done) struct strbuf text = {};
	size_t repaired = 0, nr = r->faults->list.nr;
	int err;

	for (size_t i = 0; i < nr; i++) {
		add_text(&text, &r->faults->list.v[i]);
		repaired += r->faults->list.v[i].repaired;
		strbuf_adds(&text, r->faults->list.v[i].repaired ? " (repaired)\n" : "\n");
	}
	add_uncompared(&text, r->uncompared);
	if (opts->header) {
		strbuf_addf(&text,
			    "%zu sockets in %zu network namespace%s, %zu entries: ", r->nr_sockets,
			    r->nr_netns, r->nr_netns == 1 ? "" : "s", r->nr_entries);
		if (nr)
			strbuf_addf(&text, "%zu difference%s", nr, nr == 1 ? "" : "s");
		else
			strbuf_adds(&text, "no difference");
		if (nr && r->repair)
			strbuf_addf(&text, ", %zu repaired", repaired);
		strbuf_adds(&text, r->degraded ? "; degraded: the tracker was too small\n" : "\n");
	}
	err = prose_print(&text, out, opts);
	if (err)
		return err;
	errno = 0;
	return fflush(out) ? errno ? -errno : -EIO : 0;
}

static void json_socket(struct json *j, const struct pw_sock *s)
{
	json_str(j, "proto", names_proto(s->proto));
	json_str(j, "family", names_family(s->family));
	json_str(j, "state", names_state(s->state));
	json_parts_address(j, "local", s->family, &s->laddr, s->lport);
	if (has_peer(s))
		json_parts_address(j, "remote", s->family, &s->raddr, s->rport);
	json_u64(j, "netns", s->netns);
	if (s->cookie)
		json_u64(j, "cookie", s->cookie);
}

static void json_wrong(struct json *j, const struct fault *f)
{
	_cleanup_(strbuf_done) struct strbuf said = {}, is = {};

	add_said(&said, f);
	add_value(&is, f->field, &f->kernel);
	json_str(j, "field", f->field);
	json_str(j, "tracker", strbuf_str(&said));
	json_str(j, "kernel", strbuf_str(&is));
}

static void json_count(struct json *j, const char *key, const struct pw_port *p)
{
	json_object(j, key);
	json_u64(j, "indexed", p->indexed);
	json_u64(j, "live", p->live);
	json_end(j);
}

static void json_fault(struct json *j, const struct fault *f)
{
	json_object(j, NULL);
	json_str(j, "map", kinds[f->kind].map);
	json_str(j, "problem", kinds[f->kind].problem);
	json_bool(j, "repaired", f->repaired);
	switch (f->kind) {
	case FAULT_SLOT:
		json_str(j, "proto", names_proto(f->slot.proto));
		json_u64(j, "port", f->slot.port);
		json_u64(j, "place", f->slot.slot);
		break;
	case FAULT_COUNT:
		json_str(j, "proto", names_proto(proto_of(f->port_index)));
		json_u64(j, "port", (uint16_t)f->port_index);
		json_count(j, "tracker", &f->said);
		json_count(j, "found", &f->found);
		break;
	case FAULT_PROC:
	case FAULT_MEMBER:
		json_u64(j, "pid", f->tgid);
		break;
	default:
		json_socket(j, &f->at.s);
	}
	if (f->kind == FAULT_WRONG)
		json_wrong(j, f);
	json_end(j);
}

static void json_uncompared(struct json *j, unsigned int bits)
{
	if (!bits)
		return;
	json_array(j, "unknown");
	for (size_t i = 0; i < ARRAY_SIZE(uncompared); i++)
		if (bits & uncompared[i].bit)
			json_str(j, NULL, uncompared[i].name);
	json_end(j);
}

static int print_json(const struct out_opts *opts, const struct audit_report *r, FILE *out)
{
	_cleanup_(json_done) struct json j;
	struct when when;

	when_init(&when, opts->boot_to_real);
	json_init(&j, out);
	json_object(&j, NULL);
	json_u64(&j, "schema", 1);
	json_parts_time(&j, "time", &when, r->time_ns);
	json_bool(&j, "clean", !r->faults->list.nr && !r->uncompared);
	json_bool(&j, "degraded", r->degraded);
	json_object(&j, "compared");
	json_u64(&j, "sockets", r->nr_sockets);
	json_u64(&j, "entries", r->nr_entries);
	json_u64(&j, "namespaces", r->nr_netns);
	json_end(&j);
	json_array(&j, "differences");
	for (size_t i = 0; i < r->faults->list.nr; i++)
		json_fault(&j, &r->faults->list.v[i]);
	json_end(&j);
	json_uncompared(&j, r->uncompared);
	json_end(&j);
	json_line(&j);
	return json_flush(&j);
}

int audit_print(const struct out_opts *opts, const struct audit_report *r, FILE *out)
{
	return opts->json ? print_json(opts, r, out) : print_text(opts, r, out);
}
