/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explain_facts: what is worth knowing about a port below the sentence of its verdict.
 */
#ifndef MODEL_EXPLAIN_FACTS_H
#define MODEL_EXPLAIN_FACTS_H

#include "model/explain_writer.h"

/* Of a port that is reserved; not true of one that is guarded. */
#define EXPLAIN_NAMED "a bind() that names the port succeeds"

/* Add the facts to w->v->facts. w->err says if memory ran out. */
void explain_facts(struct writer *w);

#endif
