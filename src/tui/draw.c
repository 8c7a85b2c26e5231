// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/draw.h"

#include <curses.h>
#include <string.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "model/names.h"
#include "model/signame.h"
#include "tui/put.h"

/* The keys and what they do, the most wanted first; shown as far as there is room. */
struct key_label {
	const char *key, *label;
};

static const struct key_label table_labels[] = {
	{ "F1", "Help" },  { "F3", "Search" }, { "F4", "Filter" },  { "F5", "Tree" },
	{ "F6", "Sort" },  { "F9", "Kill" },   { "w", "TimeWait" }, { "Enter", "Detail" },
	{ "F10", "Quit" }, { NULL, NULL },
};
static const struct key_label pane_labels[] = {
	{ "Esc", "Back" },    { "F1", "Help" },	 { "F9", "Kill" },
	{ "Space", "Pause" }, { "F10", "Quit" }, { NULL, NULL },
};
static const struct key_label timewait_labels[] = {
	{ "Esc", "Back" },
	{ "Tab", "Ports/Peers/Processes" },
	{ "F10", "Quit" },
	{ NULL, NULL },
};
static const struct key_label plan_labels[] = {
	{ "y", "End" },	     { "Esc", "Cancel" },	 { "Tab", "Signal" },
	{ "e", "Escalate" }, { "w", "Clear TIME-WAIT" }, { NULL, NULL },
};
static const struct key_label clear_labels[] = { { "Esc", "Back" },
						 { "w", "Clear TIME-WAIT" },
						 { NULL, NULL } };
static const struct key_label tables_labels[] = { { "Esc", "Back" },
						  { "F10", "Quit" },
						  { NULL, NULL } };
static const struct key_label joined_labels[] = { { "y", "End" },
						  { "Esc", "Spare them" },
						  { NULL, NULL } };
static const struct key_label back_labels[] = { { "Esc", "Back" }, { NULL, NULL } };
static const struct key_label ending_labels[] = { { "Esc", "Call off" }, { NULL, NULL } };

void draw_start(bool color)
{
	put_start(color);
}

static size_t put_str(int y, size_t x, const char *s, enum look look)
{
	return put_text(y, x, (size_t)COLS > x ? COLS - x : 0, s, strlen(s), look);
}

static void draw_labels(int y, const struct key_label *l)
{
	size_t x = 0;

	for (; l->key && x + strlen(l->key) + strlen(l->label) < (size_t)COLS; l++) {
		x += put_str(y, x, l->key, LOOK_KEY);
		x += put_str(y, x, l->label, LOOK_LABEL);
		x++;
	}
}

/* The filters in force, on a line that is wide enough. */
static void draw_summary(const struct tui *t)
{
	_cleanup_(strbuf_done) struct strbuf s = {};
	size_t x;

	x = put_str(0, 0, "portwatch top", LOOK_STRONG) + 1;
	x += put_str(0, x, t->clock, LOOK_PLAIN) + 1;
	if (t->paused)
		x += put_str(0, x, "paused", LOOK_WARNING) + 1;
	strbuf_addf(&s, " %zu port%s", t->list.shown, t->list.shown == 1 ? "" : "s");
	if (t->list.hidden)
		strbuf_addf(&s, " (%zu hidden)", t->list.hidden);
	if (t->board->accept_rate >= 0.05)
		strbuf_addf(&s, "  %.1f accepts/s", t->board->accept_rate);
	if (t->timewait)
		strbuf_addf(&s, "  %llu TIME-WAIT", (unsigned long long)t->timewait);
	x += put_str(0, x, strbuf_str(&s), LOOK_PLAIN) + 2;
	if (*t->typed) {
		strbuf_reset(&s);
		strbuf_adds(&s, "filter: ");
		text_escape(&s, t->typed, strlen(t->typed));
		x += put_str(0, x, strbuf_str(&s), LOOK_BUSY) + 2;
	}
	if (*t->source)
		put_str(0, x, t->source, LOOK_WARNING);
}

static void draw_titles(const struct tui *t, int y, const size_t widths[COLUMN_MAX])
{
	size_t x = 0;

	put_bar(y, LOOK_TITLES);
	for (int c = 0; c < COLUMN_MAX; c++) {
		size_t len = strlen(columns[c].title), at = x;
		bool sorted = t->view_of.sort == (enum column)c;

		if (!widths[c])
			continue;
		if (columns[c].right && widths[c] > len)
			at += widths[c] - len;
		put_text(y, at, widths[c], columns[c].title, len,
			 sorted ? LOOK_SORTED : LOOK_TITLES);
		x += widths[c] + 1;
	}
}

static enum look look_of(const struct board_row *r, enum column c, bool chosen)
{
	if (chosen)
		return LOOK_CHOSEN;
	if (c == COLUMN_STATE)
		return r->state == PW_BOUND ? LOOK_DIM : LOOK_GOOD;
	return c == COLUMN_PORT ? LOOK_STRONG : LOOK_PLAIN;
}

static void add_cell(struct strbuf *out, const struct tui *t, const struct list_line *l,
		     enum column c)
{
	_cleanup_(strbuf_done) struct strbuf raw = {};

	column_cell(&raw, t->board, l, c, &t->cells);
	text_escape(out, raw.s, raw.len);
}

static void draw_row(const struct tui *t, int y, const struct list_line *l, bool chosen,
		     const size_t widths[COLUMN_MAX])
{
	_cleanup_(strbuf_done) struct strbuf cell = {};
	size_t x = 0;

	if (chosen)
		put_bar(y, LOOK_CHOSEN);
	for (int c = 0; c < COLUMN_MAX; c++) {
		size_t taken, at = x;

		if (!widths[c])
			continue;
		strbuf_reset(&cell);
		add_cell(&cell, t, l, (enum column)c);
		taken = text_width(cell.s, cell.len);
		if (columns[c].right && taken < widths[c])
			at += widths[c] - taken;
		put_text(y, at, widths[c], cell.s, cell.len,
			 look_of(&t->board->rows.v[l->row], (enum column)c, chosen));
		x += widths[c] + 1;
	}
}

/* Measure the cells in sight: lines out of sight move no column. */
static void measure(const struct tui *t, size_t first, size_t end, size_t used[COLUMN_MAX])
{
	_cleanup_(strbuf_done) struct strbuf cell = {};

	memset(used, 0, COLUMN_MAX * sizeof(*used));
	for (size_t i = first; i < end; i++)
		for (int c = 0; c < COLUMN_PROCESS; c++) {
			size_t width;

			strbuf_reset(&cell);
			add_cell(&cell, t, &t->list.lines.v[i], (enum column)c);
			width = text_width(cell.s, cell.len);
			used[c] = width > used[c] ? width : used[c];
		}
}

static void draw_table(const struct tui *t, int y, size_t room)
{
	size_t used[COLUMN_MAX], widths[COLUMN_MAX], end = t->list.top + room;

	end = end < t->list.lines.nr ? end : t->list.lines.nr;
	measure(t, t->list.top, end, used);
	columns_share((size_t)COLS, used, widths);
	draw_titles(t, y++, widths);
	for (size_t i = t->list.top; i < end; i++)
		draw_row(t, y++, &t->list.lines.v[i], i == t->list.chosen, widths);
	if (!t->list.lines.nr)
		put_str(y, 0,
			t->list.hidden ? "no port passes the filter (Esc shows all)" :
					 "no port is in use",
			LOOK_DIM);
}

static void add_subject(struct strbuf *out, const struct tui *t)
{
	strbuf_addf(out, "%u/%s", t->subject.port, names_proto(t->subject.proto));
	if (t->cells.netns && t->subject.netns != t->cells.netns)
		strbuf_addf(out, " in network namespace %u", t->subject.netns);
}

static void draw_pane(const struct tui *t, int y, size_t room)
{
	static const char *const stages[] = {
		[TUI_PLANNED] = "End these processes? y/N",
		[TUI_JOINED] = "End those who joined, too? y/N",
		[TUI_NOTHING] = "Nothing to end",
		[TUI_ENDING] = "Ending",
		[TUI_ENDED] = "Done",
	};
	_cleanup_(strbuf_done) struct strbuf title = {};
	char name[SIGNAME_LEN];

	switch (t->view) {
	case TUI_DETAIL:
		add_subject(&title, t);
		break;
	case TUI_KILL:
		strbuf_addf(&title, "%s  ", stages[t->stage]);
		add_subject(&title, t);
		if (t->stage == TUI_PLANNED || t->stage == TUI_JOINED)
			strbuf_addf(&title, "  signal %s%s%s", signame(t->signal, name),
				    t->escalate && signame_ends(t->signal) ? ", then KILL" : "",
				    t->clear ? ", clear TIME-WAIT" : "");
		break;
	case TUI_TIMEWAIT:
		strbuf_adds(&title, "TIME-WAIT");
		break;
	default:
		strbuf_adds(&title, "Help");
	}
	put_bar(y, LOOK_TITLES);
	put_str(y++, 0, strbuf_str(&title), LOOK_TITLES);
	for (size_t i = 0; i < room && t->pane.top + i < t->pane.lines.nr; i++)
		put_line(y++, t->width, &t->pane, &t->pane.lines.v[t->pane.top + i]);
}

static void draw_prompt(const struct tui *t, int y)
{
	_cleanup_(strbuf_done) struct strbuf s = {};
	size_t x;

	x = put_str(y, 0, t->prompt == TUI_FILTER ? "Filter:" : "Search:", LOOK_LABEL) + 1;
	text_escape(&s, t->input, strlen(t->input));
	x += put_str(y, x, strbuf_str(&s), LOOK_PLAIN);
	x += put_str(y, x, "_", LOOK_CHOSEN) + 2;
	put_str(y, x, strbuf_str((struct strbuf *)&t->why), LOOK_WARNING);
}

static void draw_menu(const struct tui *t, int y)
{
	size_t x = put_str(y, 0, "Sort by", LOOK_PLAIN) + 1;
	int first = 0;

	/* Keep the chosen title in sight, however narrow the screen is. */
	while (first < (int)t->menu && (size_t)COLS < 10 + 9 * (size_t)((int)t->menu - first + 1))
		first++;
	for (int c = first; c < COLUMN_MAX && x < (size_t)COLS; c++)
		x += put_str(y, x, columns[c].title,
			     t->menu == (enum column)c ? LOOK_CHOSEN : LOOK_PLAIN) +
		     1;
}

static void draw_keys(const struct tui *t, int y)
{
	if (t->prompt == TUI_SORT)
		draw_menu(t, y);
	else if (t->prompt != TUI_NO_PROMPT)
		draw_prompt(t, y);
	else if (t->why.len)
		put_str(y, 0, strbuf_str((struct strbuf *)&t->why), LOOK_WARNING);
	else if (t->view == TUI_TABLE)
		draw_labels(y, table_labels);
	else if (t->view == TUI_KILL)
		draw_labels(y, t->stage == TUI_PLANNED ? plan_labels :
			       t->stage == TUI_JOINED  ? joined_labels :
			       t->stage == TUI_ENDING  ? ending_labels :
			       t->timewait_left	       ? clear_labels :
							 back_labels);
	else
		draw_labels(y, t->view == TUI_TIMEWAIT ?
				       t->all_tables ? tables_labels : timewait_labels :
			       t->view == TUI_HELP ? back_labels :
						     pane_labels);
}

void draw(const struct tui *t, unsigned int redraw)
{
	size_t room = tui_room(t);
	int y = t->height - room > 2 ? 1 : 0;

	erase();
	if (redraw & TUI_REPAINT)
		clearok(stdscr, TRUE);
	if (y)
		draw_summary(t);
	if (t->view == TUI_TABLE)
		draw_table(t, y, room);
	else
		draw_pane(t, y, room);
	if (LINES > 1) {
		move(LINES - 1, 0);
		clrtoeol();
		draw_keys(t, LINES - 1);
	}
	refresh();
}
