/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explain_writer: carries a verdict through the files that explain it (explain.c, explain_facts.c,
 * explain_rest.c), and takes the facts that they find.
 */
#ifndef MODEL_EXPLAIN_WRITER_H
#define MODEL_EXPLAIN_WRITER_H

#include <string.h>

#include "base/strbuf.h"
#include "model/evidence.h"
#include "model/verdict.h"

#define EXPLAIN_NAMES 3 /* processes named in a line; the table has the rest */

struct writer {
	struct verdict *v;
	const struct evidence *e;
	const struct answer *a;
	const struct verdict_facts *facts;
	struct strbuf text;
	int err;
};

static inline const char *is_are(size_t nr)
{
	return nr == 1 ? "is" : "are";
}

static inline const char *plural(size_t nr)
{
	return nr == 1 ? "" : "s";
}

static inline bool listens(const struct socket *s)
{
	return s->s.state == PW_LISTEN || s->s.state == PW_UNCONN;
}

static inline void add_name(struct strbuf *out, const char comm[PW_COMM_LEN], uint32_t pid)
{
	strbuf_add(out, comm, strnlen(comm, PW_COMM_LEN));
	strbuf_adds(out, *comm ? "" : "a nameless process");
	strbuf_addf(out, " (pid %u)", pid);
}

static inline bool is_here(const struct writer *w, const struct socket *s)
{
	return !w->facts->netns || s->s.netns == w->facts->netns;
}

/* Add a fact to w->v->facts. */
void fact(struct writer *w, enum remark_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Add a fact from the text written so far to w->v->facts, and empty the text. */
void end_fact(struct writer *w, enum remark_kind kind);

#endif
