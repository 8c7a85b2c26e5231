/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * columns: what a line of the table shows, and how the columns share a width: each gets what its
 * cells take up to a limit, and the least important ones go until the process has room enough.
 * No curses.
 */
#ifndef TUI_COLUMNS_H
#define TUI_COLUMNS_H

#include <stddef.h>

#include "base/strbuf.h"
#include "model/board.h"

enum column {
	COLUMN_PORT,
	COLUMN_STATE,
	COLUMN_ADDRESS,
	COLUMN_CONNS,
	COLUMN_ACCEPTS,
	COLUMN_TIMEWAIT,
	COLUMN_TW_RATE,
	COLUMN_NETNS,
	COLUMN_USER,
	COLUMN_AGE, /* of the process */
	COLUMN_UNIT,
	COLUMN_DIRECTORY,
	COLUMN_PROCESS, /* takes the rest */
	COLUMN_MAX
};

struct column_info {
	const char *title;
	const char *name; /* as --sort has it */
	size_t max;	  /* columns of the terminal at most */
	int keep;	  /* those with less go first */
	size_t room;	  /* shown if as much is left for the process */
	bool right;
	bool descends; /* sorted: the greatest first */
};

extern const struct column_info columns[COLUMN_MAX];
extern const char *const column_names[]; /* for --sort, NULL-terminated */

/* A line of the table: a row, or in a tree one process of it. */
struct list_line {
	size_t row;
	size_t owner;	    /* tree: the process, SIZE_MAX: all of them */
	unsigned int depth; /* tree */
	bool more;	    /* tree: not the first line of its process */
};

struct cell_opts {
	uint32_t netns; /* our own: only others are shown; 0: show none */
	bool ascii;	/* no line drawing, no ellipsis */
};

/* Not escaped. */
void column_cell(struct strbuf *out, const struct board *b, const struct list_line *l,
		 enum column c, const struct cell_opts *opts);

/* ret[c]: its columns, 0: not shown. used[c]: what the widest of its cells takes. */
void columns_share(size_t width, const size_t used[COLUMN_MAX], size_t ret[COLUMN_MAX]);

int column_compare(const struct board *b, const struct board_row *x, const struct board_row *y,
		   enum column c);

#endif
