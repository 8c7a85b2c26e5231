// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/state.h"

#include <errno.h>
#include <stdio.h>

#define FRAME 3	      /* a summary, titles, keys */
#define SMALL_FRAME 2 /* titles and keys */
#define SMALL 8	      /* lines of a screen that is small */

void tui_init(struct tui *t, const struct board *board, const struct filter_lookup *lookup)
{
	*t = (struct tui){
		.board = board,
		.lookup = lookup,
		.signal = SIGTERM,
		.escalate = true,
		.width = 80,
		.height = 24,
	};
}

void tui_done(struct tui *t)
{
	port_list_done(&t->list);
	pane_done(&t->pane);
	filter_line_done(&t->filter);
	strbuf_done(&t->why);
}

int tui_rebuild(struct tui *t)
{
	int err;

	t->view_of.line = filter_line_empty(&t->filter) ? NULL : &t->filter;
	err = port_list_build(&t->list, t->board, &t->view_of);
	port_list_scroll(&t->list, tui_room(t));
	return err;
}

size_t tui_room(const struct tui *t)
{
	size_t frame = t->height < SMALL ? SMALL_FRAME : FRAME;

	return t->height > frame ? t->height - frame : 1;
}

void tui_resize(struct tui *t, size_t width, size_t height)
{
	t->width = width;
	t->height = height;
	port_list_scroll(&t->list, tui_room(t));
	pane_wrap(&t->pane, width);
	pane_scroll(&t->pane, 0, tui_room(t));
}

int tui_set_text(struct tui *t, struct strbuf *text)
{
	int err = pane_set(&t->pane, text, t->width);

	pane_scroll(&t->pane, 0, tui_room(t));
	return err;
}

int tui_set_filter(struct tui *t, const char *text)
{
	int err;

	strbuf_reset(&t->why);
	err = filter_line_parse(&t->filter, text, t->lookup, &t->why);
	if (!err)
		snprintf(t->typed, sizeof(t->typed), "%s", text);
	return err;
}
