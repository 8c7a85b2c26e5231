/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unknown: what an answer could not find out, in words. Pure. */
#ifndef MODEL_UNKNOWN_H
#define MODEL_UNKNOWN_H

#include <stdbool.h>

#include "base/strbuf.h"
#include "model/answer.h"

/* As in JSON: "holders". bit: one of enum unknown. */
const char *unknown_name(unsigned int bit);

/* A line for each thing that a person would miss, with what to do about it. Nothing for what no
 * answer without a tracker has; and where processes hold all that was asked for, only of processes,
 * unless the answer is to be detailed. as_root: the line to type again, "sudo portwatch 8000". */
void unknown_tell(struct strbuf *out, const struct answer *a, const char *as_root, bool detailed);

#endif
