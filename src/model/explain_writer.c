// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/explain_writer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

void end_fact(struct writer *w, enum remark_kind kind)
{
	struct remark *more = reallocarray(w->v->facts, w->v->nr_facts + 1, sizeof(*more));
	char *text = more && !strbuf_error(&w->text) ? strdup(strbuf_str(&w->text)) : NULL;

	if (more)
		w->v->facts = more;
	if (text)
		w->v->facts[w->v->nr_facts++] = (struct remark){ text, kind };
	else
		w->err = -ENOMEM;
	strbuf_reset(&w->text);
}

void fact(struct writer *w, enum remark_kind kind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&w->text, fmt, ap);
	va_end(ap);
	end_fact(w, kind);
}
