/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * explain: the words of a verdict: a plain sentence, and the facts under it. verdict.c has found
 * out what is true; nothing is judged here. Pure.
 */
#ifndef MODEL_EXPLAIN_H
#define MODEL_EXPLAIN_H

#include "model/answer.h"
#include "model/evidence.h"
#include "model/verdict.h"

/* Give the verdict its hint and its facts. 0 or -ENOMEM. */
int explain(struct verdict *v, const struct evidence *e, const struct answer *a,
	    const struct verdict_facts *facts);

#endif
