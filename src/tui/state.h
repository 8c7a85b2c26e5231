/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * state: everything about the screen that is not curses: which view is shown, what is typed, what
 * is chosen. keys.c changes it, draw.c shows it, cmd/top fills in the board and the texts.
 */
#ifndef TUI_STATE_H
#define TUI_STATE_H

#include <signal.h>

#include "tui/pane.h"
#include "tui/port_list.h"

#define TUI_INPUT_LEN 200

enum tui_view { TUI_TABLE, TUI_DETAIL, TUI_TIMEWAIT, TUI_KILL, TUI_HELP };
enum tui_prompt { TUI_NO_PROMPT, TUI_SEARCH, TUI_FILTER, TUI_SORT };

/* Where a kill stands. */
enum tui_stage {
	TUI_PLANNED, /* the plan is on the screen, and waits for a yes */
	TUI_JOINED,  /* so do those who have come into it since: yes or no, nothing else */
	TUI_NOTHING, /* the plan has nobody to end */
	TUI_ENDING,
	TUI_ENDED,
};

/* The wish that a key leaves for cmd/top; the state itself has changed already. */
enum tui_wish {
	TUI_NO_WISH,
	TUI_QUIT,
	TUI_LOOK,   /* ask the tracker for what the view shows, now */
	TUI_PLAN,   /* what would end for the chosen row (or the same with another signal) */
	TUI_END,    /* yes to the plan on the screen */
	TUI_CLEAR,  /* clear the TIME-WAIT that is left, with nobody to end */
	TUI_CANCEL, /* while TUI_ENDING */
	TUI_LEAVE,  /* the view was left */
};

/* The return values of keys: what has to be drawn again. */
enum {
	TUI_REDRAW = 1 << 0,
	TUI_REBUILD = 1 << 1, /* the lines of the table, too */
	TUI_REPAINT = 1 << 2, /* everything, the terminal may be in disorder */
};

struct tui {
	const struct board *board;
	const struct filter_lookup *lookup;
	struct port_list list;
	struct list_view view_of; /* sort, filters; its `line` is our filter, or NULL */
	struct cell_opts cells;
	struct filter_line filter;
	enum tui_view view, back; /* back: from help */
	enum tui_prompt prompt;
	char input[TUI_INPUT_LEN];  /* UTF-8; what is being typed */
	char typed[TUI_INPUT_LEN];  /* the filter in force */
	char before[TUI_INPUT_LEN]; /* the filter that Esc brings back */
	char searched[TUI_INPUT_LEN];
	size_t search_from;
	struct strbuf why; /* what is wrong with the input */
	enum column menu;  /* TUI_SORT */
	bool paused;
	struct pane pane;	  /* all but the table */
	struct board_key subject; /* of the detail pane and the kill */
	int by;			  /* TUI_TIMEWAIT: port, peer or process */
	enum tui_stage stage;
	int signal;
	bool escalate;
	bool clear;	    /* TIME-WAIT on the port, too */
	bool timewait_left; /* of a port that nobody holds */
	bool all_tables;    /* TUI_TIMEWAIT: there is room for them */
	enum tui_wish wish;
	/* Texts and figures of cmd/top. */
	char clock[16];
	char source[96]; /* what is missing, "" if nothing is */
	uint64_t timewait;
	uint64_t lost;
	size_t width, height;
};

void tui_init(struct tui *t, const struct board *board, const struct filter_lookup *lookup);
void tui_done(struct tui *t);

/* After the board has changed. 0 or -ENOMEM. */
int tui_rebuild(struct tui *t);

/* Lines that the view has for its table or text. */
size_t tui_room(const struct tui *t);

void tui_resize(struct tui *t, size_t width, size_t height);

/* The text of the pane. */
int tui_set_text(struct tui *t, struct strbuf *text);

/* Puts the filter in force: 0, or -EINVAL with the reason in t->why. */
int tui_set_filter(struct tui *t, const char *text);

#endif
