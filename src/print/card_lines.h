/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card_lines: labels and texts on lines, two on a line where both fit. */
#ifndef PRINT_CARD_LINES_H
#define PRINT_CARD_LINES_H

#include "base/strbuf.h"
#include "print/sink.h"

#define CARD_LABEL 9 /* columns of the longest label */

struct card_line {
	const char *label;
	struct strbuf text; /* not escaped */
	bool beside;	    /* may stand behind the one before */
};

#define CARD_LINES 24

struct card_lines {
	struct card_line v[CARD_LINES];
	size_t nr;
};

/* The text of a new line, to be written: a line that stays empty is not shown. Lines beyond
 * CARD_LINES go into the last. */
struct strbuf *card_lines_add(struct card_lines *c, const char *label, bool beside);

/* Adds the lines, escaped. 0 or -ENOMEM. */
int card_lines_print(struct strbuf *out, const struct card_lines *c, const struct out_opts *opts);
void card_lines_done(struct card_lines *c);

#endif
