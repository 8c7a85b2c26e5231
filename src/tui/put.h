/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * put: text onto the screen. Only printable characters that the locale has reach curses, and never
 * more of them than there are columns.
 */
#ifndef TUI_PUT_H
#define TUI_PUT_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/pane.h"

/* The kinds of things on the screen. How a kind looks depends on the terminal. */
enum look {
	LOOK_PLAIN,
	LOOK_TITLES,
	LOOK_SORTED, /* the title of the column that decides */
	LOOK_CHOSEN,
	LOOK_KEY,
	LOOK_LABEL,
	LOOK_DIM,
	LOOK_STRONG,
	LOOK_WARNING,
	LOOK_GOOD,
	LOOK_BUSY,
	LOOK_MAX
};

void put_start(bool color);

/* Fills a line with that look. */
void put_bar(int y, enum look look);

/* Of escaped text what fits into `width` columns; cut text ends in a sign. Returns the columns
 * used. */
size_t put_text(int y, size_t x, size_t width, const char *s, size_t len, enum look look);

/* A piece of a pane, with its colours. */
void put_line(int y, size_t width, const struct pane *p, const struct pane_line *l);

#endif
