// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/verdict_text.h"

#include <string.h>

#include "base/text.h"
#include "model/names.h"
#include "model/verdict.h"
#include "print/color.h"
#include "print/past_text.h"
#include "print/when.h"

/* Of a free port the last one belongs to the sentence; else what is in the way comes first. */
void verdict_text_add_pasts(struct strbuf *out, const struct answer *a, const struct verdict *v,
			    const struct out_opts *opts)
{
	const char *before = v->bindable ? "; last held by " : "\n  last held by ";

	if (v->why == WHY_HELD || v->why == WHY_BOUND || v->why == WHY_KERNEL)
		return;
	for (size_t i = 0; i < a->nr_pasts; i++) {
		const struct past *p = &a->pasts[i];

		if (p->port != v->port || p->proto != v->proto)
			continue;
		strbuf_adds(out, before);
		past_text_add(out, p, a->time_ns, opts->width ? PAST_TEXT_WORDS : SIZE_MAX);
		before = "\n  before that by ";
	}
}

static bool has_past(const struct answer *a, const struct verdict *v)
{
	for (size_t i = 0; i < a->nr_pasts; i++)
		if (a->pasts[i].port == v->port && a->pasts[i].proto == v->proto)
			return true;
	return false;
}

bool verdict_text_is_idle(const struct answer *a, const struct verdict *v)
{
	if (!v->implied || v->why != WHY_FREE || has_past(a, v))
		return false;
	for (size_t i = 0; i < a->nr_verdicts; i++)
		if (a->verdicts[i].port == v->port && verdict_is_busy(&a->verdicts[i]))
			return true;
	return false;
}

void verdict_text_add(struct strbuf *out, const struct answer *a, const struct verdict *v,
		      enum answer_view view, const struct out_opts *opts)
{
	char span[WHEN_AGO_LEN];
	const char *color = opts->color ? color_why(v->why) : "";
	const char *text = v->hint ? v->hint : names_why(v->why);

	strbuf_addf(out, "%s%u/%s%s: ", color, v->port, names_proto(v->proto),
		    *color ? COLOR_RESET : "");
	text_escape(out, text, strlen(text));
	if (v->why == WHY_FREE && view == VIEW_WHO && has_past(a, v))
		strbuf_adds(out, " now");
	/* At other addresses the port may be in use. */
	if (v->why == WHY_FREE && !v->hint && !v->wildcard)
		strbuf_adds(out, " at the address asked for");
	if (v->has_frees_in) {
		when_span(v->frees_in_ms * 1000000, span);
		strbuf_addf(out, "; free in %s", span);
	}
	if (view == VIEW_WHO)
		verdict_text_add_pasts(out, a, v, opts);
	strbuf_addc(out, '\n');
	for (size_t i = 0; view == VIEW_WHO && i < v->nr_facts; i++) {
		const struct remark *fact = &v->facts[i];

		if (fact->kind == REMARK_DETAIL && !opts->detailed)
			continue;
		strbuf_adds(out, "  ");
		text_escape(out, fact->text, strlen(fact->text));
		strbuf_addc(out, '\n');
	}
}
