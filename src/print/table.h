/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table: rows of cells printed with columns as wide as their widest cell. Nothing is
 * cut, except on a terminal: there the last column ends at the right margin, unless
 * hardly anything were left of it. Also for status and doctor.
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

#define TABLE_MAX_COLUMNS 12

struct table_column {
	const char *title;
	bool right;    /* numbers */
	bool optional; /* left out if no row has it */
};

struct table {
	const struct table_column *columns;
	size_t nr_columns;
	struct strbuf text; /* all cells, one behind the other */
	struct table_cell_ {
		size_t end, width;
		const char *color;
	} * cells;
	size_t nr_cells, cap_cells;
	bool failed;
};

void table_init(struct table *t, const struct table_column *columns, size_t nr);
void table_done(struct table *t);

/* The next cell, row by row. text NULL or "": empty. color NULL: none. */
void table_cell(struct table *t, const char *text, const char *color);
void table_cell_u64(struct table *t, uint64_t v);

/* Uses header, color and width of the options. 0, -ENOMEM or the FILE's error. */
int table_print(struct table *t, FILE *out, const struct out_opts *opts);

#endif
