// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/failure_text.h"

#include "model/names.h"
#include "print/text_parts.h"

/* "no port of 40000-40003 is left (3 connected, 1 bound; most by curl[900]: 3)" */
static void add_range(struct strbuf *out, const struct portuse *u)
{
	size_t start = out->len;

	for (int i = 0; i < PORTUSE_KINDS; i++) {
		if (!u->by[i])
			continue;
		strbuf_adds(out, out->len == start ? " (" : ", ");
		strbuf_addf(out, "%zu %s", u->by[i], portuse_kind_name(i));
	}
	for (size_t i = 0; i < u->nr_most; i++) {
		strbuf_adds(out, i ? ", " : "; most by ");
		text_parts_process(out, u->most[i].actor.comm, u->most[i].actor.tgid);
		strbuf_addf(out, ": %zu", u->most[i].ports);
	}
	if (out->len != start)
		strbuf_adds(out, ")");
}

void failure_text(struct strbuf *out, const struct pw_event *ev, const struct event_extra *x)
{
	char buf[NAMES_ERRNO_LEN];
	size_t i;

	text_parts_comma(out, 0);
	if (ev->call != PW_CALL_BIND)
		strbuf_addf(out, "%s(): ", names_call(ev->call));
	strbuf_adds(out, ev->error ? names_errno(ev->error, buf) : "refused");
	if (x->reason)
		strbuf_addf(out, ", %s", x->reason);
	if (x->range)
		add_range(out, x->range);
	if (x->nr_holders)
		strbuf_adds(out, x->holders[0].left ? ", left by " : ", held by ");
	else if (x->holders_known)
		strbuf_adds(out, ", no process holds it");
	for (i = 0; i < x->nr_holders; i++) {
		const struct event_holder *h = &x->holders[i];

		if (i)
			strbuf_adds(out, h->left && !h[-1].left ? ", left by " : ", ");
		text_parts_process(out, h->actor.comm, h->actor.tgid);
		if (h->left || h->state == PW_BOUND)
			strbuf_addf(out, " (%s)", names_state(h->state));
	}
}
