// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/export_guard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hmap.h"
#include "model/names.h"
#include "track/portguard.h"

static const struct metric_family refusals_family = {
	.name = "portwatch_guard_refusals",
	.help = "Calls of bind() that a guarded port was refused to (with audit=\"true\": would have "
		"been); the ports that were refused most often.",
	.counter = true,
};

/* A guarded port of a namespace, as the youngest rule has it: the inode number of a namespace that
 * is gone is given again. */
struct place {
	struct {
		uint32_t netns;
		uint16_t port;
		uint8_t proto, pad;
	} key;
	const struct portguard_rule *rule;
	uint64_t refused;
};

static int add_places(const struct portguard_list *l, struct hmap *places)
{
	for (size_t i = 0; i < l->nr; i++) {
		const struct portguard_rule *r = &l->v[i];

		for (size_t k = 0; k < r->nr_ports && !r->reserve; k++) {
			const struct pw_guard_key *guarded = &r->ports[k].key;
			struct place key = {
				{ r->r.netns, guarded->port, (uint8_t)guarded->proto, 0 }, NULL, 0
			};
			struct place *p = hmap_put(places, &key.key);

			if (!p)
				return -ENOMEM;
			p->rule = r;
			p->refused = r->ports[k].count.refused;
		}
	}
	return 0;
}

static int most_refused_first(const void *a, const void *b)
{
	const struct place *x = *(struct place *const *)a, *y = *(struct place *const *)b;

	if (x->refused != y->refused)
		return x->refused < y->refused ? 1 : -1;
	return memcmp(&x->key, &y->key, sizeof(x->key));
}

static void add_sample(const struct place *p, const struct export_limits *limits, struct metrics *m)
{
	_cleanup_(strbuf_done) struct strbuf who = {};

	portguard_describe(p->rule, &who);
	export_netns_label(m, limits, p->key.netns);
	metrics_label(m, "proto", names_proto(p->key.proto));
	metrics_label_u64(m, "port", p->key.port);
	if (!limits->nameless)
		metrics_label(m, "guarded_for", strbuf_str(&who));
	metrics_label(m, "audit", p->rule->r.audit ? "true" : "false");
	metrics_u64(m, p->refused);
}

static int add_all(const struct hmap *places, struct export_limits *limits, struct metrics *m)
{
	_cleanup_free_ struct place **v = calloc(places->nr + 1, sizeof(*v));
	size_t nr;

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < places->nr; i++)
		v[i] = hmap_row(places, i);
	qsort(v, places->nr, sizeof(*v), most_refused_first);
	nr = export_limit(limits, "guards", places->nr, limits->top);
	metrics_family(m, &refusals_family);
	for (size_t i = 0; i < nr; i++)
		add_sample(v[i], limits, m);
	return 0;
}

int export_guard(const char *pin_dir, struct export_limits *limits, struct metrics *m)
{
	_cleanup_(hmap_done) struct hmap places = HMAP(struct place, key);
	_cleanup_(portguard_list_done) struct portguard_list l = {};
	_cleanup_(portguard_close) struct portguard g = PORTGUARD_NONE;
	int err;

	if (portguard_look(pin_dir, &g) || portguard_read(&g, &l))
		return 0;
	err = add_places(&l, &places);
	return err ? err : add_all(&places, limits, m);
}
