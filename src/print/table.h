/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table: rows of cells printed with columns as wide as their widest cell. A pipe gets all of it. On
 * a terminal no line is wider than the screen: columns that may be cut are, then those of the
 * highest rank go away or to a line of their own below the row, and at last the line is cut.
 *
 *	static const struct table_column columns[] = { { "HOOK" }, { "RUNS", .right = true } };
 *	struct table t;
 *	table_init(&t, columns, ARRAY_SIZE(columns));
 *	table_cell(&t, "bind", NULL); table_cell(&t, "12", COLOR_GREEN);	one row
 *	r = table_print(&t, stdout, &opts);
 *	table_done(&t);
 *
 * Cells are escaped (base/text.h) when they are added, so any text will do. An empty
 * cell is printed as "-", a blank one (" ") as nothing. A column that is empty in
 * every row is left out if it says so.
 */
#ifndef PRINT_TABLE_H
#define PRINT_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/strbuf.h"
#include "print/sink.h"

#define TABLE_MAX_COLUMNS 16

enum table_cut {
	CUT_END,     /* its beginning says most */
	CUT_COMMAND, /* a command line: first the directory of the program goes, then the end */
};

struct table_column {
	const char *title;
	bool right;	    /* numbers */
	bool optional;	    /* left out if no row has it */
	unsigned char rank; /* for want of room the highest goes first; 0: it stays */
	bool below;	    /* goes to a line below the row, not away */
	unsigned char min;  /* may be cut to so many columns of the screen; 0: is not cut */
	enum table_cut cut;
};

struct table {
	const struct table_column *columns;
	size_t nr_columns;
	struct strbuf text; /* all cells, one behind the other */
	struct table_cell_ {
		size_t len, shorter; /* of its text, and of the short form behind it (0: none) */
		size_t end;
		size_t kept; /* so many bytes at its end are never cut */
		size_t width;
		const char *color;
	} * cells;
	size_t nr_cells, cap_cells;
	bool failed;
};

void table_init(struct table *t, const struct table_column *columns, size_t nr);
void table_done(struct table *t);

/* The next cell, row by row. text NULL or "": empty. color NULL: none. */
void table_cell(struct table *t, const char *text, const char *color);

/* Likewise a cell that is cut in front of its last `kept` bytes, ASCII: "syst…[812] +2". `shorter`,
 * unless it is NULL, stands for a text that does not fit, and is what is cut. */
void table_cell_kept(struct table *t, const char *text, const char *shorter, size_t kept,
		     const char *color);
void table_cell_u64(struct table *t, uint64_t v);

/* Uses header, color, width and ascii of the options. 0, -ENOMEM or the FILE's error. */
int table_print(struct table *t, FILE *out, const struct out_opts *opts);

#endif
