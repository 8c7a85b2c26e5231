/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The writer that explain.c (the sentence about a port) and explain_facts.c (the facts below it)
 * share. */
#ifndef MODEL_EXPLAIN_WRITER_H
#define MODEL_EXPLAIN_WRITER_H

#include <string.h>

#include "base/strbuf.h"
#include "model/explain.h"

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

/* Adds what is worth knowing besides to v->facts. */
void explain_facts(struct writer *w);

#endif
