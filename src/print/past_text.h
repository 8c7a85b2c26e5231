/* SPDX-License-Identifier: GPL-2.0-or-later */
/* past_text: a former owner of a port in words. */
#ifndef PRINT_PAST_TEXT_H
#define PRINT_PAST_TEXT_H

#include "base/strbuf.h"
#include "model/answer.h"

#define PAST_TEXT_WORDS 60 /* what a table has room for */

/* "node[4711] `npm run dev` until 14 s ago, killed by SIGKILL"; safe for a terminal. Of the command
 * line at most `most` bytes. */
void past_text_add(struct strbuf *out, const struct past *p, uint64_t now_ns, size_t most);

#endif
