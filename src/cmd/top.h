/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * top: what the files of the command know of each other. top.c parses and waits, top_look.c keeps
 * the board true, top_text.c writes what the other views show, top_kill.c ends processes.
 *
 * Costs: an event that changes who has a port makes only that port be asked about, and not
 * more often than every EVENT_PAUSE_NS. Changes that no event tells (a fork, a passed descriptor,
 * TIME-WAIT) are looked for each interval, but by a pace that keeps each such look under a part of
 * a core.
 */
#ifndef CMD_TOP_H
#define CMD_TOP_H

#include <sys/types.h>

#include "cmd/common.h"
#include "flow/blame.h"
#include "flow/free.h"
#include "model/board.h"
#include "model/churn.h"
#include "model/filter.h"
#include "model/portspec.h"
#include "print/sink.h"
#include "track/reader.h"
#include "tui/state.h"

DEFINE_CLEANUP(struct reader *, reader_free);

/* When something may be done again, by what it cost the last time. */
struct pace {
	uint64_t next_ns, began_ns, began_cpu_ns;
};

struct top_detail {
	struct reader *reader;
	struct blame blame;
	struct sink *sink;
	FILE *out; /* into `line`, one event at a time */
	char *line;
	size_t line_size;
	struct strbuf events;
	size_t nr_events;
	struct pace pace;
};

struct top_kill {
	struct filter filter;
	struct free_face face;
	struct free_run run;
	size_t due;
	bool planned;
	struct strbuf said; /* what has been shown so far */
};

struct top {
	struct common common;
	struct filter filter; /* of the command line */
	struct filter places; /* what of it no event can change; owns nothing */
	uint64_t interval_ns;
	struct tracker *tracker;
	struct reader *reader;
	int signal_fd;
	struct out_opts out;
	struct board board;
	struct tui tui;
	/* top_look.c */
	uint64_t dirty[PORTSPEC_WORDS]; /* ports whose owners an event has changed */
	bool any_dirty, all_dirty;
	uint64_t next_drain_ns; /* events may wait until then */
	uint64_t tick_ns;
	struct pace all, visible, apart, timewait;
	struct churn churn;
	uint64_t tw_entered;
	struct top_detail detail;
	struct top_kill kill;
};

/* Is there a tracker whose events and counters tell what changes? */
static inline bool top_hears(const struct top *t)
{
	return tracker_kind(t->tracker) != TRACKER_SNAPSHOT;
}

/* 0 or a negative errno for fail_tracker(). */
int top_look_init(struct top *t);
/* Takes the events that wait. */
int top_look_drain(struct top *t);
/* Ask again about the ports that events have changed, if there are any. */
int top_look_changed(struct top *t);
/* Begin a new interval: ask what is due, and rebuild the lines. */
int top_look_tick(struct top *t);

bool pace_is_due(const struct pace *p, uint64_t now_ns);
void pace_begin(struct pace *p);
/* Next time not before least_ns, and so late that it takes one part in `share`. */
void pace_end(struct pace *p, uint64_t least_ns, unsigned int share);

/* The filter for one port: what `portwatch 8000/tcp --netns …` has. 0 or a negative errno. */
int top_port_filter(const struct board_key *key, struct filter *ret);

/* Puts the text of the view into it. */
int top_text(struct top *t);
int top_text_open(struct top *t);
void top_text_close(struct top *t);
/* Takes the events of the port in detail; 1: there were some. */
int top_text_drain(struct top *t);

/* Makes the plan for the tui's subject, and shows it. */
void top_kill_plan(struct top *t);
void top_kill_end(struct top *t);
/* Clears the TIME-WAIT that is left where nobody has to be ended. */
void top_kill_clear(struct top *t);
void top_kill_done(struct top *t);

/* Has the terminal another size than what is drawn? */
bool top_has_new_size(const struct top *t);
/* Draw the state; redraw: bits of TUI_REDRAW. */
void top_draw(struct top *t, unsigned int redraw);

#endif
