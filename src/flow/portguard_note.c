// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/portguard_note.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/explain_facts.h"
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

static int add_fact(struct verdict *v, struct strbuf *text)
{
	struct remark *more = realloc(v->facts, (v->nr_facts + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	v->facts = more;
	more[v->nr_facts].text = strbuf_steal(text);
	more[v->nr_facts].kind = REMARK_MATTERS;
	if (!more[v->nr_facts].text)
		return -ENOMEM;
	v->nr_facts++;
	return 0;
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
	_cleanup_(strbuf_done) struct strbuf who = {}, text = {};

	portguard_describe(r, &who);
	if (!r->r.audit)
		remove_fact(v, EXPLAIN_NAMED);
	strbuf_addf(&text, "guarded for %s: every other bind() is %s", strbuf_str(&who),
		    r->r.audit ? "counted (audit)" : "refused");
	free(v->guarded_for);
	v->guarded_for = strbuf_steal(&who);
	return v->guarded_for ? add_fact(v, &text) : -ENOMEM;
}

int portguard_note(const char *pin_dir, uint32_t netns, struct answer *a)
{
	_cleanup_(portguard_list_done) struct portguard_list l = {};
	_cleanup_(portguard_close) struct portguard g = PORTGUARD_NONE;
	int err = 0;

	if (!a->nr_verdicts || portguard_look(pin_dir, &g) || portguard_read(&g, &l))
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
	_cleanup_(portguard_close) struct portguard g = PORTGUARD_NONE;
	const struct portguard_rule *r;

	if (portguard_look(pin_dir, &g) || portguard_read(&g, &l))
		return;
	r = rule_of(&l, netns, proto, port);
	if (!r || r->reserve || r->r.audit)
		return;
	strbuf_adds(out, "guarded for ");
	portguard_describe(r, out);
}
