// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/table.h"

#include <errno.h>
#include <stdlib.h>

#include "base/num.h"
#include "base/text.h"
#include "print/color.h"

#define GAP 2	    /* blanks between columns */
#define LAST_MIN 16 /* columns that are worth cutting the last one for */

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
	size_t start = t->text.len;

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
	if (t->text.failed) {
		t->failed = true;
		return;
	}
	t->cells[t->nr_cells++] = (struct table_cell_){
		.end = t->text.len,
		.width = is_blank(text) ? 0 : text_width(t->text.s + start, t->text.len - start),
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
	size_t width[TABLE_MAX_COLUMNS];
	size_t last;   /* the last column that is shown: not padded */
	size_t margin; /* what it may take; SIZE_MAX: all it wants */
};

static void lay_out(const struct table *t, const struct out_opts *opts, struct layout *l)
{
	size_t before = 0, i;

	*l = (struct layout){ .margin = SIZE_MAX };
	for (i = 0; i < t->nr_columns; i++) {
		l->width[i] = column_width(t, i, opts->header);
		if (l->width[i])
			l->last = i;
	}
	for (i = 0; i < l->last; i++)
		before += l->width[i] ? l->width[i] + GAP : 0;
	/* With little room left for it, the terminal may as well wrap: nothing is lost then. */
	if (opts->width >= before + LAST_MIN)
		l->margin = opts->width - before;
}

static void add_cell(struct strbuf *line, const struct table *t, const struct layout *l,
		     size_t column, const char *text, size_t len, size_t width, const char *color)
{
	size_t pad = l->width[column] > width ? l->width[column] - width : 0;

	if (column == l->last && width > l->margin)
		len = text_fit(text, len, l->margin);
	if (t->columns[column].right)
		strbuf_addn(line, ' ', pad);
	if (color)
		strbuf_adds(line, color);
	strbuf_add(line, text, len);
	if (color)
		strbuf_adds(line, COLOR_RESET);
	if (column == l->last)
		return;
	if (!t->columns[column].right)
		strbuf_addn(line, ' ', pad);
	strbuf_addn(line, ' ', GAP);
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

static void add_header(struct strbuf *line, const struct table *t, const struct layout *l,
		       const struct out_opts *opts)
{
	size_t i;

	for (i = 0; i < t->nr_columns; i++) {
		const char *title = t->columns[i].title;

		if (l->width[i])
			add_cell(line, t, l, i, title, strlen(title),
				 text_width(title, strlen(title)), opts->color ? COLOR_BOLD : NULL);
	}
	strbuf_addc(line, '\n');
}

static void add_row(struct strbuf *line, const struct table *t, const struct layout *l, size_t row,
		    bool color)
{
	size_t i;

	for (i = 0; i < t->nr_columns; i++) {
		size_t n = row * t->nr_columns + i, start = n ? t->cells[n - 1].end : 0;
		const struct table_cell_ *c = &t->cells[n];

		if (!l->width[i])
			continue;
		if (c->end == start)
			add_cell(line, t, l, i, "-", 1, 1, NULL);
		else if (c->width)
			add_cell(line, t, l, i, t->text.s + start, c->end - start, c->width,
				 color ? c->color : NULL);
		else
			add_cell(line, t, l, i, "", 0, 0, NULL);
	}
	/* A cell may be blank on purpose: no blanks at the end of a line. */
	while (line->len && line->s[line->len - 1] == ' ')
		line->len--;
	strbuf_addc(line, '\n');
}

int table_print(struct table *t, FILE *out, const struct out_opts *opts)
{
	struct strbuf line = {};
	struct layout l;
	size_t row;
	int r = 0;

	if (t->failed)
		return -ENOMEM;
	lay_out(t, opts, &l);
	if (opts->header) {
		add_header(&line, t, &l, opts);
		r = put(&line, out);
	}
	for (row = 0; r == 0 && row < t->nr_cells / t->nr_columns; row++) {
		add_row(&line, t, &l, row, opts->color);
		r = put(&line, out);
	}
	strbuf_done(&line);
	return r;
}
