// SPDX-License-Identifier: GPL-2.0-or-later
/* The state of top on the screen, in the size that the terminal has now. */
#include <stdio.h>

#include "cmd/top.h"
#include "print/when.h"
#include "tui/draw.h"
#include "tui/term.h"

static void note_source(struct top *t)
{
	const char *text = "";

	if (tracker_still_there(t->tracker))
		text = "the tracker was unloaded: nothing changes here any more";
	else if (t->board.a.degraded)
		text = "degraded: see portwatch status";
	else if (t->tui.lost)
		text = "events were lost";
	else if (tracker_kind(t->tracker) == TRACKER_LIVE)
		text = "no tracker loaded: nothing is known from before";
	snprintf(t->tui.source, sizeof(t->tui.source), "%s", text);
}

bool top_has_new_size(const struct top *t)
{
	size_t width, height;

	term_size(&width, &height);
	return width != t->tui.width || height != t->tui.height;
}

void top_draw(struct top *t, unsigned int redraw)
{
	char now[WHEN_LOCAL_LEN];
	struct when when;

	if (top_has_new_size(t)) {
		size_t width, height;

		term_size(&width, &height);
		tui_resize(&t->tui, width, height);
		redraw |= TUI_REPAINT;
	}
	when_init(&when, t->out.boot_to_real);
	when_local(&when, t->tick_ns, now);
	snprintf(t->tui.clock, sizeof(t->tui.clock), "%.8s", now);
	note_source(t);
	draw(&t->tui, redraw);
}
