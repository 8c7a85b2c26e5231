/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * port_list: the lines of the table out of a board: filtered, sorted, or as a tree by process;
 * which of them is chosen, and which are in sight. No curses.
 *
 * Invariant: the chosen line stays the same row (and process) when lines come and go around it; if
 * it goes, its place is chosen.
 */
#ifndef TUI_PORT_LIST_H
#define TUI_PORT_LIST_H

#include "base/vec.h"
#include "model/board.h"
#include "model/filter_line.h"
#include "tui/columns.h"

/* The part of a board that is shown, and its order. */
struct list_view {
	const struct filter *always;	/* of the command line */
	const struct filter_line *line; /* as typed */
	enum column sort;
	bool reverse, tree;
};

struct port_list {
	VEC(struct list_line) lines;
	size_t shown, hidden; /* rows; hidden: by what was typed */
	size_t chosen, top;
	/* The chosen row and process, to find them again when the lines change. */
	struct board_key key;
	struct pw_actor actor;
	bool any;
};

void port_list_done(struct port_list *t);

/* 0 or -ENOMEM. */
int port_list_build(struct port_list *t, const struct board *b, const struct list_view *view);

/* Moves by so many lines, or to a line; SIZE_MAX is the last one. */
void port_list_move(struct port_list *t, const struct board *b, long lines);
void port_list_choose(struct port_list *t, const struct board *b, size_t line);

/* Scrolls so that the chosen line is one of `height` in sight. */
void port_list_scroll(struct port_list *t, size_t height);

/* The chosen row, NULL: there are none. */
const struct board_row *port_list_row(const struct port_list *t, const struct board *b);

/* Chooses the next line from `from` on, round the end, that has the text: a number is the
 * beginning of a port, all else part of a name. False: none has. */
bool port_list_search(struct port_list *t, const struct board *b, const char *text, size_t from);

#endif
