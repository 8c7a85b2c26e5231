// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/keys.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tui/prompt.h"

static const char *const help[] = {
	"Live ports: who has them, how many are connected, and what comes and goes.",
	"",
	"  Up Down PgUp PgDn Home End   choose a line          Enter  the port in detail",
	"  /  F3   search as you type,  n the next one         w      TIME-WAIT and its forecast",
	"  \\  F4   filter as you type                          k F9   free the port (shows a plan first)",
	"  <  >  F6  sort by a column,  I  reverse             t F5   tree by process",
	"  Space   pause                                       r      look again, now",
	"  q       back, quit     F10  quit     ? h F1  this help     Esc    back, no filter",
	"",
	"  Sort:  N port   P process   C connections   A accepted per second   T TIME-WAIT   U user",
	"",
	"  Filters are those of portwatch list, and bare words:",
	"    --port 8000 --user www-data    --unit nginx.service    --proto udp    -6",
	"    8000        ports, ranges, addresses: 3000-3010, 53/udp, 127.0.0.1:8000",
	"    nginx       in the name, command line, user, unit or container",
	"",
	"  ACC/s  connections accepted a second    TW  closed ones in TIME-WAIT, TW/s new ones a second",
	"  In the detail pane: Up Down PgUp PgDn scroll, End follows the events, k frees the port.",
	"  In the plan of k: Tab another signal, e no KILL after it, w clear TIME-WAIT, too.",
	"  In TIME-WAIT: Tab or Left Right for ports, peers, processes.",
};

void keys_help(struct strbuf *out)
{
	for (size_t i = 0; i < sizeof(help) / sizeof(*help); i++)
		strbuf_addf(out, "%s\n", help[i]);
}

/* Lines to move by; 0: the key moves nothing. */
static long movement(const struct tui *t, uint32_t key)
{
	long page = (long)tui_room(t);

	switch (key) {
	case KEY_TUI_UP:
	case KEY_TUI_CTRL('p'):
		return -1;
	case KEY_TUI_DOWN:
	case KEY_TUI_CTRL('n'):
		return 1;
	case KEY_TUI_PAGE_UP:
	case KEY_TUI_CTRL('b'):
		return -page;
	case KEY_TUI_PAGE_DOWN:
	case KEY_TUI_CTRL('f'):
		return page;
	case KEY_TUI_HOME:
	case 'g':
		return INT32_MIN;
	case KEY_TUI_END:
	case 'G':
		return INT32_MAX;
	default:
		return 0;
	}
}

static unsigned int leave(struct tui *t)
{
	t->view = t->view == TUI_HELP ? t->back : TUI_TABLE;
	t->wish = t->view == TUI_TABLE ? TUI_LEAVE : TUI_LOOK;
	return TUI_REDRAW | TUI_REBUILD;
}

static unsigned int show_help(struct tui *t)
{
	struct strbuf text = {};

	/* A plan that is not on the screen any more must not be confirmed by a key. */
	t->back = t->view == TUI_KILL ? TUI_TABLE : t->view;
	t->view = TUI_HELP;
	t->pane.top = 0;
	t->pane.follow = false;
	keys_help(&text);
	tui_set_text(t, &text);
	strbuf_done(&text);
	return TUI_REDRAW;
}

/* A view about the chosen row. */
static unsigned int open_row(struct tui *t, enum tui_view view, enum tui_wish wish)
{
	const struct board_row *r = port_list_row(&t->list, t->board);
	struct strbuf nothing = {};

	if (t->view == TUI_TABLE) {
		if (!r)
			return 0;
		t->subject = r->key;
	}
	t->view = view;
	t->pane.top = 0;
	t->pane.follow = false;
	tui_set_text(t, &nothing);
	t->wish = wish;
	return TUI_REDRAW;
}

static unsigned int sort_by(struct tui *t, enum column c)
{
	if (t->view_of.sort == c)
		t->view_of.reverse = !t->view_of.reverse;
	else
		t->view_of.reverse = false;
	t->view_of.sort = c;
	return TUI_REDRAW | TUI_REBUILD;
}

static unsigned int sort_next(struct tui *t, int step)
{
	int c = (int)t->view_of.sort + step;

	t->view_of.reverse = false;
	t->view_of.sort = (enum column)((c + COLUMN_MAX) % COLUMN_MAX);
	return TUI_REDRAW | TUI_REBUILD;
}

/* A key that does nothing says so: whoever pressed it meant something. */
static unsigned int unknown_key(struct tui *t, uint32_t key)
{
	strbuf_reset(&t->why);
	if (key > ' ' && key < 0x7f)
		strbuf_addf(&t->why, "%c does nothing here: ? shows all keys", (char)key);
	else
		strbuf_adds(&t->why, "this key does nothing here: ? shows all keys");
	return TUI_REDRAW;
}

static unsigned int common_key(struct tui *t, uint32_t key)
{
	switch (key) {
	case 'q':
	case KEY_TUI_F(10):
		t->wish = TUI_QUIT;
		return 0;
	case '?':
	case 'h':
	case KEY_TUI_F(1):
		return show_help(t);
	case ' ':
		t->paused = !t->paused;
		t->wish = t->paused ? TUI_NO_WISH : TUI_LOOK;
		return TUI_REDRAW;
	case 'r':
		t->wish = TUI_LOOK;
		return TUI_REDRAW;
	case KEY_TUI_CTRL('l'):
		t->wish = TUI_LOOK;
		return TUI_REDRAW | TUI_REPAINT;
	case 'k':
	case KEY_TUI_F(9):
		t->signal = SIGTERM;
		t->escalate = true;
		t->clear = t->timewait_left = false;
		return open_row(t, TUI_KILL, TUI_PLAN);
	case KEY_TUI_NONE:
		return 0;
	default:
		return unknown_key(t, key);
	}
}

static unsigned int table_key(struct tui *t, uint32_t key)
{
	switch (key) {
	case KEY_TUI_ENTER:
		return open_row(t, TUI_DETAIL, TUI_LOOK);
	case 'w':
		t->view = TUI_TIMEWAIT;
		t->pane.top = 0;
		t->wish = TUI_LOOK;
		return TUI_REDRAW;
	case 't':
	case KEY_TUI_F(5):
		t->view_of.tree = !t->view_of.tree;
		return TUI_REDRAW | TUI_REBUILD;
	case '/':
	case KEY_TUI_F(3):
		return prompt_open(t, TUI_SEARCH);
	case '\\':
	case KEY_TUI_F(4):
		return prompt_open(t, TUI_FILTER);
	case KEY_TUI_F(6):
		return prompt_open(t, TUI_SORT);
	case 'n':
		port_list_search(&t->list, t->board, t->searched, t->list.chosen + 1);
		port_list_scroll(&t->list, tui_room(t));
		return TUI_REDRAW;
	case KEY_TUI_ESCAPE:
		tui_set_filter(t, "");
		return TUI_REDRAW | TUI_REBUILD;
	case '>':
		return sort_next(t, 1);
	case '<':
		return sort_next(t, -1);
	case 'I':
		t->view_of.reverse = !t->view_of.reverse;
		return TUI_REDRAW | TUI_REBUILD;
	case 'N':
		return sort_by(t, COLUMN_PORT);
	case 'P':
		return sort_by(t, COLUMN_PROCESS);
	case 'C':
		return sort_by(t, COLUMN_CONNS);
	case 'A':
		return sort_by(t, COLUMN_ACCEPTS);
	case 'T':
		return sort_by(t, COLUMN_TIMEWAIT);
	case 'U':
		return sort_by(t, COLUMN_USER);
	default:
		return common_key(t, key);
	}
}

static unsigned int timewait_key(struct tui *t, uint32_t key)
{
	int step = key == '\t' || key == KEY_TUI_RIGHT ? 1 : key == KEY_TUI_LEFT ? 2 : 0;

	if (!step)
		return 0;
	t->by = (t->by + step) % 3;
	t->pane.top = 0;
	t->wish = TUI_LOOK;
	return TUI_REDRAW;
}

static unsigned int choose_signal(struct tui *t, int step)
{
	static const int signals[] = {
		SIGTERM, SIGKILL, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2
	};
	const int nr = sizeof(signals) / sizeof(*signals);
	int i = 0;

	while (i < nr && signals[i] != t->signal)
		i++;
	t->signal = signals[(i + step + nr) % nr];
	t->wish = TUI_PLAN;
	return TUI_REDRAW;
}

/* sock_diag, which destroys them, knows only the namespace that we are in. */
static unsigned int clear_timewait(struct tui *t)
{
	if (t->subject.netns != t->cells.netns) {
		strbuf_adds(&t->why, "TIME-WAIT can be cleared in the own network namespace only");
		return TUI_REDRAW;
	}
	t->clear = t->stage != TUI_PLANNED || !t->clear;
	t->wish = t->stage == TUI_PLANNED ? TUI_PLAN : TUI_CLEAR;
	return TUI_REDRAW;
}

static bool is_asking(const struct tui *t)
{
	return t->stage == TUI_PLANNED || t->stage == TUI_JOINED;
}

static unsigned int say_yes(struct tui *t)
{
	if (pane_at_end(&t->pane, tui_room(t))) {
		t->stage = TUI_ENDING;
		t->wish = TUI_END;
	} else {
		strbuf_reset(&t->why);
		strbuf_adds(&t->why, "the plan goes on below: read it first (End)");
	}
	return TUI_REDRAW;
}

/* Only `y` says yes, and only to a plan that was on the screen to its end. */
static unsigned int kill_key(struct tui *t, uint32_t key)
{
	if (t->stage == TUI_ENDING) {
		t->wish = key == KEY_TUI_ESCAPE || key == 'q' || key == KEY_TUI_F(10) ? TUI_CANCEL :
											TUI_NO_WISH;
		return 0;
	}
	if (is_asking(t) && (key == 'y' || key == 'Y'))
		return say_yes(t);
	if (t->stage == TUI_PLANNED) {
		switch (key) {
		case '\t':
		case KEY_TUI_RIGHT:
			return choose_signal(t, 1);
		case KEY_TUI_LEFT:
			return choose_signal(t, -1);
		case 'e':
			t->escalate = !t->escalate;
			t->wish = TUI_PLAN;
			return TUI_REDRAW;
		}
	}
	if (key == 'w' && (t->stage == TUI_PLANNED || t->timewait_left))
		return clear_timewait(t);
	if (key == KEY_TUI_CTRL('l'))
		return TUI_REDRAW | TUI_REPAINT;
	return key == KEY_TUI_ESCAPE || key == 'n' || key == 'q' || key == KEY_TUI_ENTER ||
			       key == KEY_TUI_F(10) ?
		       leave(t) :
		       0;
}

static unsigned int pane_key(struct tui *t, uint32_t key)
{
	long lines = movement(t, key);

	strbuf_reset(&t->why);
	if (lines) {
		pane_scroll(&t->pane, lines, tui_room(t));
		t->pane.follow = lines == INT32_MAX;
		return TUI_REDRAW;
	}
	if (t->view == TUI_KILL)
		return kill_key(t, key);
	if (key == KEY_TUI_ESCAPE || key == KEY_TUI_ENTER || key == 'q' ||
	    (key == 'w' && t->view == TUI_TIMEWAIT))
		return leave(t);
	if (t->view == TUI_HELP)
		return key == KEY_TUI_F(10) ? common_key(t, key) : leave(t);
	if (t->view == TUI_TIMEWAIT) {
		unsigned int redraw = timewait_key(t, key);

		if (redraw || key == 'k' || key == KEY_TUI_F(9))
			return redraw;
	}
	return common_key(t, key);
}

unsigned int keys_press(struct tui *t, uint32_t key)
{
	long lines;

	t->wish = TUI_NO_WISH;
	if (key == KEY_TUI_RESIZE)
		return TUI_REDRAW;
	if (t->prompt != TUI_NO_PROMPT)
		return prompt_key(t, key);
	if (t->view != TUI_TABLE)
		return pane_key(t, key);
	strbuf_reset(&t->why);
	lines = movement(t, key);
	if (!lines)
		return table_key(t, key);
	port_list_move(&t->list, t->board, lines);
	port_list_scroll(&t->list, tui_room(t));
	return TUI_REDRAW;
}
