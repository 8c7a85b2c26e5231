// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/portguard.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/vec.h"
#include "flow/portguard_reserve.h"
#include "model/names.h"
#include "sys/netns.h"
#include "track/portguard.h"
#include "track/portguard_ask.h"
#include "track/reason.h"
#include "track/tracker.h"

static const uint8_t protos[] = { PW_TCP, PW_UDP };

/* As whom the user has logged in who is root now: /proc/self/loginuid. */
static uint32_t login_uid(void)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/loginuid", "re");
	uint32_t uid;

	return f && fscanf(f, "%u", &uid) == 1 ? uid : UINT32_MAX;
}

static int add_port(struct portguard_rule *r, uint64_t netns, uint8_t proto, uint16_t port)
{
	struct portguard_port *p = portguard_rule_add(r);

	if (!p)
		return failed(-ENOMEM, "out of memory");
	p->key = (struct pw_guard_key){ .netns = netns, .port = port, .proto = proto };
	return 0;
}

static int add_ports(struct portguard_rule *r, uint64_t netns, uint8_t proto, const uint64_t *map)
{
	int err = 0;

	for (uint32_t port = 1; !err && port <= UINT16_MAX; port++)
		if (port_bit(map, (uint16_t)port))
			err = add_port(r, netns, proto, (uint16_t)port);
	return err;
}

/* Make a rule of the wish, without a number. */
static int rule_of(const struct portguard_wish *w, uint64_t netns, struct portguard_rule *ret)
{
	uint64_t now = clock_boot_ns(), map[PORTSPEC_WORDS];
	int err = netns_now(&ret->r.netns);

	if (err)
		return failed(err, "cannot tell the own network namespace: %s", strerror(-err));
	ret->reserve = w->reserve;
	ret->r.since_ns = now;
	ret->r.until_ns = w->for_ns ? now + w->for_ns : 0;
	ret->r.uid = getuid();
	ret->r.login = login_uid();
	ret->r.audit = w->audit;
	ret->r.nr_whos = w->reserve ? 0 : (uint32_t)w->nr_whos;
	ret->whos = calloc(PW_GUARD_WHOS, sizeof(*ret->whos));
	if (!ret->whos)
		return failed(-ENOMEM, "out of memory");
	memcpy(ret->whos, w->whos, sizeof(w->whos));
	if (w->reserve) {
		portspec_bitmap(w->ports, 0, map);
		return add_ports(ret, netns, PW_GUARD_RESERVE, map);
	}
	for (size_t i = 0; !err && i < ARRAY_SIZE(protos); i++) {
		portspec_bitmap(w->ports, protos[i], map);
		err = add_ports(ret, netns, protos[i], map);
	}
	return err;
}

static const struct portguard_rule *rule_at(const struct portguard_list *l,
					    const struct pw_guard_key *key)
{
	for (size_t i = 0; i < l->nr; i++)
		for (size_t k = 0; k < l->v[i].nr_ports; k++)
			if (!memcmp(&l->v[i].ports[k].key, key, sizeof(*key)))
				return &l->v[i];
	return NULL;
}

static bool is_equal(const struct portguard_rule *a, const struct portguard_rule *b)
{
	return a->reserve == b->reserve && a->r.audit == b->r.audit &&
	       portguard_same(a->whos, a->r.nr_whos, b->whos, b->r.nr_whos);
}

static int already(const struct portguard_rule *there, const struct pw_guard_key *key)
{
	_cleanup_(strbuf_done) struct strbuf who = {};

	portguard_describe(there, &who);
	return failed(-EEXIST,
		      "%u/%s is guarded already, for %s%s; nothing was changed. To change it: "
		      "portwatch unguard %u/%s",
		      key->port, names_proto(key->proto), strbuf_str(&who),
		      there->r.audit ? " (audit)" : "", key->port, names_proto(key->proto));
}

/* Leave out of the new rule what is there already by an equal one, whose end is set anew. */
static int leave_out_known(struct portguard *g, const struct portguard_list *there,
			   struct portguard_rule *r)
{
	size_t left = 0;

	for (size_t i = 0; i < r->nr_ports; i++) {
		const struct portguard_rule *old = rule_at(there, &r->ports[i].key);

		if (old && !is_equal(old, r))
			return already(old, &r->ports[i].key);
	}
	for (size_t i = 0; i < r->nr_ports; i++) {
		const struct portguard_rule *old = rule_at(there, &r->ports[i].key);
		int err = old ? portguard_set_end(g, old->id, r->r.until_ns) : 0;

		if (err)
			return err;
		if (!old)
			r->ports[left++] = r->ports[i];
	}
	r->nr_ports = left;
	return 0;
}

static void ports_of(const struct portguard_rule *r, uint64_t *ret_map)
{
	memset(ret_map, 0, PORTSPEC_WORDS * sizeof(*ret_map));
	for (size_t i = 0; i < r->nr_ports; i++)
		port_set(ret_map, r->ports[i].key.port);
}

static int add_rule(struct portguard *g, uint64_t netns, struct portguard_rule *r)
{
	_cleanup_(portguard_list_done) struct portguard_list there = {};
	uint64_t map[PORTSPEC_WORDS];
	int err = portguard_read(g, &there);

	if (!err)
		err = leave_out_known(g, &there, r);
	if (err || !r->nr_ports)
		return err;
	ports_of(r, map);
	err = portguard_add(g, r);
	if (!err)
		err = portguard_reserve(g, netns, map);
	return err ? err : portguard_commit(g);
}

/* Take back what is not committed; the first reason stands. */
static void take_back(struct portguard *g, uint64_t netns)
{
	char why[512];

	snprintf(why, sizeof(why), "%s", tracker_reason());
	if (!portguard_sweep(g) && !portguard_reserve(g, netns, NULL))
		portguard_leave(g);
	failed(0, "%s", why);
}

static void rule_done(struct portguard_rule *r)
{
	free(r->whos);
	free(r->ports);
}

int portguard_make(const struct portguard_wish *wish, bool *ret_new)
{
	_cleanup_(rule_done) struct portguard_rule rule = {};
	_cleanup_(portguard_close) struct portguard g = PORTGUARD_NONE;
	uint64_t netns;
	int err = portguard_netns(&netns);

	if (!err)
		err = rule_of(wish, netns, &rule);
	if (!err)
		err = portguard_lock(wish->pin_dir, true, &g);
	if (err)
		return err;
	err = portguard_reserve(&g, netns, NULL);
	if (!err)
		err = add_rule(&g, netns, &rule);
	if (err)
		take_back(&g, netns);
	else
		*ret_new = rule.nr_ports;
	return err;
}

static bool is_named(const struct portspec *ports, uint64_t netns, const struct pw_guard_key *k)
{
	if (k->netns != netns)
		return false;
	for (size_t i = 0; i < ports->nr; i++) {
		const struct port_range *r = &ports->ranges[i];

		if (k->port >= r->first && k->port <= r->last &&
		    (!r->proto || r->proto == k->proto))
			return true;
	}
	return false;
}

/* Keep of the list only these ports. */
static void keep_named(struct portguard_list *l, const struct portspec *ports, uint64_t netns)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->nr; i++) {
		struct portguard_rule *r = &l->v[i];
		size_t left = 0;

		for (size_t k = 0; k < r->nr_ports; k++)
			if (is_named(ports, netns, &r->ports[k].key))
				r->ports[left++] = r->ports[k];
		r->nr_ports = left;
		if (left) {
			l->v[kept++] = *r;
			continue;
		}
		rule_done(r);
	}
	l->nr = kept;
}

static int mark_all(struct portguard *g, const struct portguard_list *l)
{
	int err = 0;

	for (size_t i = 0; !err && i < l->nr; i++)
		for (size_t k = 0; !err && k < l->v[i].nr_ports; k++)
			err = portguard_mark(g, &l->v[i].ports[k].key, 1);
	return err;
}

int portguard_undo(const char *pin_dir, const struct portspec *ports, struct portguard_list *ret)
{
	_cleanup_(portguard_close) struct portguard g = PORTGUARD_NONE;
	uint64_t netns;
	int err = portguard_lock(pin_dir, false, &g);

	if (!err)
		err = portguard_netns(&netns);
	if (!err)
		err = portguard_read(&g, ret);
	if (err)
		return err;
	keep_named(ret, ports, netns);
	err = ret->nr ? mark_all(&g, ret) : failed(-ENOENT, "no port of these is guarded");
	if (!err)
		err = portguard_commit(&g);
	if (err) {
		take_back(&g, netns);
		return err;
	}
	err = portguard_sweep(&g);
	if (!err)
		err = portguard_reserve(&g, netns, NULL);
	return err ? err : portguard_leave(&g);
}

int portguard_undo_all(const char *pin_dir, size_t *ret_left)
{
	_cleanup_(portguard_list_done) struct portguard_list l = {};
	_cleanup_(portguard_close) struct portguard g = PORTGUARD_NONE;
	int err = portguard_lock(pin_dir, false, &g);

	if (!err)
		err = portguard_read(&g, &l);
	if (!err)
		err = mark_all(&g, &l);
	if (!err)
		err = portguard_commit(&g);
	if (!err)
		err = portguard_sweep(&g);
	if (!err)
		err = portguard_reserve_nothing(&g, ret_left);
	return err ? err : portguard_leave(&g);
}

static void note_kept(struct portguard_list *l, uint64_t netns, const uint64_t *have)
{
	for (size_t i = 0; i < l->nr; i++)
		for (size_t k = 0; k < l->v[i].nr_ports; k++) {
			struct portguard_port *p = &l->v[i].ports[k];

			if (p->key.netns == netns)
				p->kept = port_bit(have, p->key.port) ? KEPT_YES : KEPT_NO;
		}
}

int portguard_show(const char *pin_dir, struct portguard_list *ret, bool *ret_attached)
{
	_cleanup_(portguard_close) struct portguard g = PORTGUARD_NONE;
	uint64_t netns, have[PORTSPEC_WORDS];
	int err = portguard_lock(pin_dir, false, &g);

	if (!err)
		err = portguard_netns(&netns);
	if (!err)
		err = portguard_reserve(&g, netns, NULL);
	if (!err)
		err = portguard_read(&g, ret);
	if (err)
		return err;
	if (!portguard_reserved(have))
		note_kept(ret, netns, have);
	*ret_attached = portguard_attached(&g);
	portguard_leave(&g);
	return ret->nr ? 0 : failed(-ENOENT, "no port is guarded or reserved");
}
