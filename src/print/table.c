// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/table.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "base/text.h"
#include "base/wrap.h"
#include "print/color.h"

#define GAP 2	     /* blanks between columns */
#define INDENT 4     /* of what stands below a row */
#define CUT_USUAL 16 /* a last column that says nothing else may be cut to so many columns */

void table_init(struct table *t, const struct table_column *columns, size_t nr)
{
	*t = (struct table){
		.columns = columns,
		.nr_columns = nr < TABLE_MAX_COLUMNS ? nr : TABLE_MAX_COLUMNS,
	};
}

void table_done(struct table *t)
{
	strbuf_done(&t->text);
	free(t->cells);
	*t = (struct table){};
}

/* Takes no room and is no reason to show a column. */
static bool is_blank(const char *text)
{
	return !text || !text[strspn(text, " ")];
}

void table_cell(struct table *t, const char *text, const char *color)
{
	table_cell_kept(t, text, NULL, 0, color);
}

void table_cell_kept(struct table *t, const char *text, const char *shorter, size_t kept,
		     const char *color)
{
	size_t start = t->text.len, len;

	if (t->nr_cells == t->cap_cells) {
		size_t cap = t->cap_cells ? t->cap_cells * 2 : 64;
		struct table_cell_ *cells = reallocarray(t->cells, cap, sizeof(*cells));

		if (!cells) {
			t->failed = true;
			return;
		}
		t->cells = cells;
		t->cap_cells = cap;
	}
	if (text)
		text_escape(&t->text, text, strlen(text));
	len = t->text.len - start;
	if (shorter)
		text_escape(&t->text, shorter, strlen(shorter));
	if (t->text.failed) {
		t->failed = true;
		return;
	}
	t->cells[t->nr_cells++] = (struct table_cell_){
		.len = len,
		.shorter = t->text.len - start - len,
		.end = t->text.len,
		.kept = kept,
		.width = is_blank(text) ? 0 : text_width(t->text.s + start, len),
		.color = color,
	};
}

void table_cell_u64(struct table *t, uint64_t v)
{
	char buf[NUM_LEN + 1];

	buf[num_format(v, buf)] = '\0';
	table_cell(t, buf, NULL);
}

/* 0: the column is not shown. */
static size_t column_width(const struct table *t, size_t column, bool header)
{
	const struct table_column *c = &t->columns[column];
	bool used = false;
	size_t width, i;

	width = header ? text_width(c->title, strlen(c->title)) : 1;
	for (i = column; i < t->nr_cells; i += t->nr_columns) {
		if (t->cells[i].width)
			used = true;
		if (t->cells[i].width > width)
			width = t->cells[i].width;
	}
	return c->optional && !used ? 0 : width;
}

struct layout {
	const struct out_opts *opts;
	size_t width[TABLE_MAX_COLUMNS]; /* 0: not in the row */
	size_t kept[TABLE_MAX_COLUMNS];	 /* the least for the ends of its cells that are kept */
	bool below[TABLE_MAX_COLUMNS];
	size_t last; /* the last column in the row: not padded */
};

/* Return what a column has to be wide for the ends that are kept, with a letter and the ellipsis in
 * front. */
static size_t widest_kept(const struct table *t, size_t column, const struct out_opts *opts)
{
	size_t widest = 0;

	for (size_t i = column; i < t->nr_cells; i += t->nr_columns)
		if (t->cells[i].kept > widest)
			widest = t->cells[i].kept;
	return widest ? widest + 1 + (opts->ascii ? 3 : 1) : 0;
}

static size_t least(const struct table *t, const struct layout *l, size_t column)
{
	size_t min = t->columns[column].min;

	if (!min && column == l->last && !t->columns[column].right)
		min = CUT_USUAL;
	if (min && min < l->kept[column])
		min = l->kept[column];
	return min && min < l->width[column] ? min : l->width[column];
}

static void find_last(const struct table *t, struct layout *l)
{
	for (size_t i = 0; i < t->nr_columns; i++)
		if (l->width[i])
			l->last = i;
}

/* Return the width of a row when all columns are cut that may be. */
static size_t narrowest(const struct table *t, const struct layout *l)
{
	size_t sum = 0;

	for (size_t i = 0; i < t->nr_columns; i++)
		if (l->width[i])
			sum += least(t, l, i) + (i == l->last ? 0 : GAP);
	return sum;
}

/* The column that is missed least. False: each that is left stays. */
static bool take_away(const struct table *t, struct layout *l)
{
	size_t worst = TABLE_MAX_COLUMNS;

	for (size_t i = 0; i < t->nr_columns; i++)
		if (l->width[i] && t->columns[i].rank &&
		    (worst == TABLE_MAX_COLUMNS || t->columns[i].rank > t->columns[worst].rank))
			worst = i;
	if (worst == TABLE_MAX_COLUMNS)
		return false;
	l->width[worst] = 0;
	l->below[worst] = t->columns[worst].below;
	find_last(t, l);
	return true;
}

/* Share the rest of the width among the columns that are cut, from the left. */
static void share(const struct table *t, struct layout *l, size_t width)
{
	size_t taken = narrowest(t, l), rest = width > taken ? width - taken : 0;

	for (size_t i = 0; i < t->nr_columns; i++) {
		size_t min = l->width[i] ? least(t, l, i) : 0, more = l->width[i] - min;

		more = more < rest ? more : rest;
		rest -= more;
		l->width[i] = min + more;
	}
}

static void lay_out(const struct table *t, const struct out_opts *opts, struct layout *l)
{
	*l = (struct layout){ .opts = opts };
	for (size_t i = 0; i < t->nr_columns; i++) {
		l->width[i] = column_width(t, i, opts->header);
		l->kept[i] = widest_kept(t, i, opts);
	}
	find_last(t, l);
	if (!opts->width)
		return;
	while (narrowest(t, l) > opts->width && take_away(t, l))
		;
	share(t, l, opts->width);
}

static const char *ellipsis(const struct out_opts *opts)
{
	return opts->ascii ? "..." : "…";
}

/* Adds as much of an escaped text as fits, and what says that there was more. */
static void add_cut(struct strbuf *line, const struct out_opts *opts, const char *text, size_t len,
		    size_t width)
{
	const char *more = ellipsis(opts);
	size_t taken = text_width(more, strlen(more));

	if (width <= taken) {
		strbuf_add(line, text, text_fit(text, len, width));
		return;
	}
	strbuf_add(line, text, text_fit(text, len, width - taken));
	strbuf_adds(line, more);
}

/* "/usr/bin/python3 -m x" from "python3" on. */
static size_t directory_len(const char *text, size_t len)
{
	size_t word = 0, slash = 0;

	for (; word < len && text[word] != ' '; word++)
		if (text[word] == '/')
			slash = word + 1;
	return slash < word ? slash : 0;
}

static void add_fitting(struct strbuf *line, const struct layout *l,
			const struct table_column *column, const char *text,
			const struct table_cell_ *cell, size_t width)
{
	size_t len = cell->len, kept = cell->kept;

	if (text_width(text, len) > width && cell->shorter) {
		text += len;
		len = cell->shorter;
	}
	if (text_width(text, len) > width && column->cut == CUT_COMMAND) {
		size_t skip = directory_len(text, len);

		text += skip;
		len -= skip;
	}
	if (text_width(text, len) <= width) {
		strbuf_add(line, text, len);
	} else if (kept && kept < width) {
		add_cut(line, l->opts, text, len - kept, width - kept);
		strbuf_add(line, text + len - kept, kept);
	} else {
		add_cut(line, l->opts, text, len, width);
	}
}

static void add_cell(struct strbuf *line, const struct table *t, const struct layout *l,
		     size_t column, const char *text, const struct table_cell_ *of,
		     const char *color)
{
	_cleanup_(strbuf_done) struct strbuf cell = {};
	size_t width, pad;

	add_fitting(&cell, l, &t->columns[column], text, of, l->width[column]);
	width = text_width(strbuf_str(&cell), strbuf_len(&cell));
	pad = l->width[column] > width ? l->width[column] - width : 0;
	if (t->columns[column].right)
		strbuf_addn(line, ' ', pad);
	if (color && *color && cell.len)
		strbuf_adds(line, color);
	strbuf_add(line, strbuf_str(&cell), strbuf_len(&cell));
	if (color && *color && cell.len)
		strbuf_adds(line, COLOR_RESET);
	line->failed |= cell.failed;
	if (column == l->last)
		return;
	if (!t->columns[column].right)
		strbuf_addn(line, ' ', pad);
	strbuf_addn(line, ' ', GAP);
}

/* A text that is no row's cell */
static void add_text(struct strbuf *line, const struct table *t, const struct layout *l,
		     size_t column, const char *text, const char *color)
{
	const struct table_cell_ cell = { .len = strlen(text) };

	add_cell(line, t, l, column, text, &cell, color);
}

static int put(struct strbuf *line, FILE *out)
{
	size_t len = line->len;

	if (strbuf_error(line))
		return -ENOMEM;
	errno = 0;
	if (fwrite_unlocked(line->s, 1, len, out) != len)
		return errno ? -errno : -EIO;
	strbuf_reset(line);
	return 0;
}

/* No blanks at its end, for a cell may be blank on purpose; and no more than the screen holds,
 * where columns that stay are too many for it. */
static void end_line(struct strbuf *line, const struct out_opts *opts)
{
	_cleanup_(strbuf_done) struct strbuf whole = {};

	while (line->len && line->s[line->len - 1] == ' ')
		line->len--;
	if (opts->width && wrap_width(line->s, line->len) > opts->width) {
		/* Wrapped rather than cut: each of these columns was worth its place. */
		wrap_add(&whole, line->s, line->len, opts->width);
		line->len = 0;
		strbuf_add(line, strbuf_str(&whole), strbuf_len(&whole));
		line->failed |= whole.failed;
	}
	strbuf_addc(line, '\n');
}

static void add_header(struct strbuf *line, const struct table *t, const struct layout *l)
{
	for (size_t i = 0; i < t->nr_columns; i++)
		if (l->width[i])
			add_text(line, t, l, i, t->columns[i].title,
				 l->opts->color ? COLOR_BOLD : NULL);
	end_line(line, l->opts);
}

static void add_below(struct strbuf *line, const struct table *t, const struct layout *l,
		      size_t column, const char *text, const struct table_cell_ *cell,
		      const char *color)
{
	size_t width = l->opts->width > INDENT ? l->opts->width - INDENT : 1;

	strbuf_addn(line, ' ', INDENT);
	strbuf_adds(line, color ? color : "");
	add_fitting(line, l, &t->columns[column], text, cell, width);
	strbuf_adds(line, color ? COLOR_RESET : "");
	strbuf_addc(line, '\n');
}

static void add_row(struct strbuf *line, const struct table *t, const struct layout *l, size_t row)
{
	_cleanup_(strbuf_done) struct strbuf below = {};

	for (size_t i = 0; i < t->nr_columns; i++) {
		size_t n = row * t->nr_columns + i, start = n ? t->cells[n - 1].end : 0;
		const struct table_cell_ *c = &t->cells[n];
		const char *color = l->opts->color && c->color && *c->color ? c->color : NULL;

		if (l->below[i] && c->width)
			add_below(&below, t, l, i, t->text.s + start, c, color);
		if (!l->width[i])
			continue;
		if (!c->len)
			add_text(line, t, l, i, "-", NULL);
		else if (c->width)
			add_cell(line, t, l, i, t->text.s + start, c, color);
		else
			add_text(line, t, l, i, "", NULL);
	}
	end_line(line, l->opts);
	strbuf_add(line, strbuf_str(&below), strbuf_len(&below));
	line->failed |= below.failed;
}

int table_print(struct table *t, FILE *out, const struct out_opts *opts)
{
	_cleanup_(strbuf_done) struct strbuf line = {};
	struct layout l;
	int r = 0;

	if (t->failed)
		return -ENOMEM;
	lay_out(t, opts, &l);
	if (opts->header) {
		add_header(&line, t, &l);
		r = put(&line, out);
	}
	for (size_t row = 0; r == 0 && row < t->nr_cells / t->nr_columns; row++) {
		add_row(&line, t, &l, row);
		r = put(&line, out);
	}
	return r;
}
