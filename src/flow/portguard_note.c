// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/portguard_note.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/explain_facts.h"
#include "model/explain_writer.h"
#include "model/portspec.h"
#include "track/portguard.h"

static const struct portguard_rule *rule_of(const struct portguard_list *l, uint32_t netns,
					    uint8_t proto, uint16_t port)
{
	for (size_t i = 0; i < l->nr; i++)
		for (size_t k = 0; l->v[i].r.netns == netns && k < l->v[i].nr_ports; k++)
			if (l->v[i].ports[k].key.port == port &&
			    l->v[i].ports[k].key.proto == proto)
				return &l->v[i];
	return NULL;
}

static void remove_fact(struct verdict *v, const char *text)
{
	size_t kept = 0;

	for (size_t i = 0; i < v->nr_facts; i++)
		if (strcmp(v->facts[i].text, text))
			v->facts[kept++] = v->facts[i];
		else
			free(v->facts[i].text);
	v->nr_facts = kept;
}

static int note(struct verdict *v, const struct portguard_rule *r)
{
	_cleanup_(strbuf_done) struct strbuf who = {};
	struct writer w = { .v = v };

	portguard_describe(r, &who);
	if (!r->r.audit)
		remove_fact(v, EXPLAIN_NAMED);
	fact(&w, REMARK_MATTERS, "guarded for %s: every other bind() is %s", strbuf_str(&who),
	     r->r.audit ? "counted (audit)" : "refused");
	strbuf_done(&w.text);
	free(v->guarded_for);
	v->guarded_for = strbuf_steal(&who);
	return v->guarded_for ? w.err : -ENOMEM;
}

/* Read the guards, if these ports have any: there may be very many. */
static int read_guards(const char *pin_dir, const uint64_t *ports, struct portguard_list *ret)
{
	_cleanup_(portguard_close) struct portguard g = PORTGUARD_NONE;
	int err = portguard_look(pin_dir, &g);

	if (err)
		return err;
	return portguard_any(&g, ports) ? portguard_read(&g, ret) : -ENOENT;
}

int portguard_note(const char *pin_dir, uint32_t netns, struct answer *a)
{
	_cleanup_(portguard_list_done) struct portguard_list l = {};
	uint64_t ports[PORTSPEC_WORDS] = {};
	int err = 0;

	for (size_t i = 0; i < a->nr_verdicts; i++)
		port_set(ports, a->verdicts[i].port);
	if (!a->nr_verdicts || read_guards(pin_dir, ports, &l))
		return 0;
	for (size_t i = 0; !err && i < a->nr_verdicts; i++) {
		struct verdict *v = &a->verdicts[i];
		const struct portguard_rule *r = rule_of(&l, netns, v->proto, v->port);

		err = r ? note(v, r) : 0;
	}
	return err;
}

void portguard_reason(const char *pin_dir, uint32_t netns, uint8_t proto, uint16_t port,
		      struct strbuf *out)
{
	_cleanup_(portguard_list_done) struct portguard_list l = {};
	uint64_t ports[PORTSPEC_WORDS] = {};
	const struct portguard_rule *r;

	port_set(ports, port);
	if (read_guards(pin_dir, ports, &l))
		return;
	r = rule_of(&l, netns, proto, port);
	if (!r || r->r.audit)
		return;
	strbuf_adds(out, "guarded for ");
	portguard_describe(r, out);
}
