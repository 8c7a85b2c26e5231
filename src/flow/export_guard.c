// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/export_guard.h"

#include "base/cleanup.h"
#include "base/hmap.h"
#include "model/names.h"
#include "track/portguard.h"

static const struct metric_family refusals_family = {
	.name = "portwatch_guard_refusals",
	.help = "Calls of bind() that a guarded port was refused to; with audit=\"true\": would be.",
	.counter = true,
};

struct place {
	struct {
		uint32_t netns;
		uint16_t port;
		uint8_t proto, pad;
	} key;
};

/* Add a sample, unless a younger rule has the place: the number of a namespace that is gone is
 * given again. */
static int add_port(const struct portguard_rule *r, const struct portguard_port *p,
		    struct hmap *seen, const struct export_limits *limits, struct metrics *m)
{
	_cleanup_(strbuf_done) struct strbuf who = {};
	struct place place = { { r->r.netns, p->key.port, (uint8_t)p->key.proto, 0 } };

	if (hmap_get(seen, &place.key))
		return 0;
	if (!hmap_put(seen, &place.key))
		return -ENOMEM;
	portguard_describe(r, &who);
	export_netns_label(m, limits, r->r.netns);
	metrics_label(m, "proto", names_proto(p->key.proto));
	metrics_label_u64(m, "port", p->key.port);
	if (!limits->nameless)
		metrics_label(m, "guarded_for", strbuf_str(&who));
	metrics_label(m, "audit", r->r.audit ? "true" : "false");
	metrics_u64(m, p->count.refused);
	return 0;
}

int export_guard(const char *pin_dir, const struct export_limits *limits, struct metrics *m)
{
	_cleanup_(hmap_done) struct hmap seen = HMAP(struct place, key);
	_cleanup_(portguard_list_done) struct portguard_list l = {};
	_cleanup_(portguard_close) struct portguard g = PORTGUARD_NONE;
	int err = 0;

	if (portguard_look(pin_dir, &g) || portguard_read(&g, &l))
		return 0;
	metrics_family(m, &refusals_family);
	for (size_t i = l.nr; i > 0 && !err; i--)
		for (size_t k = 0; k < l.v[i - 1].nr_ports && !l.v[i - 1].reserve && !err; k++)
			err = add_port(&l.v[i - 1], &l.v[i - 1].ports[k], &seen, limits, m);
	return err;
}
