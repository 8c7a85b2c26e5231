/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pane: text that is longer or wider than the screen: lines wrapped at a width, and how far it is
 * scrolled. The text is what the other commands print: escaped, with the colour sequences of
 * print/color.h ("\033[…m") and no others. No curses.
 */
#ifndef TUI_PANE_H
#define TUI_PANE_H

#include <stdbool.h>

#include "base/strbuf.h"
#include "base/vec.h"

/* A piece of a line that fits the width. */
struct pane_line {
	size_t start;	 /* of the whole line: where its colours begin */
	size_t from, to; /* bytes */
	size_t indent;	 /* columns; not 0: goes on from the line above */
};

struct pane {
	struct strbuf text;
	VEC(struct pane_line) lines;
	size_t top;
	bool follow; /* stay at the end when the text grows */
};

void pane_done(struct pane *p);

/* Takes the text over, and leaves an empty buffer. 0 or -ENOMEM. */
int pane_set(struct pane *p, struct strbuf *text, size_t width);
int pane_wrap(struct pane *p, size_t width);

void pane_scroll(struct pane *p, long lines, size_t height);

/* The line that has this byte of the text comes first, if so much is below it. */
void pane_show_from(struct pane *p, size_t byte, size_t height);

bool pane_at_end(const struct pane *p, size_t height);

/* How long the colour sequence is that begins here; 0: none does. */
size_t pane_sequence(const char *s, size_t len);

#endif
