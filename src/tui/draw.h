/* SPDX-License-Identifier: GPL-2.0-or-later */
/* draw: the state on the screen. With term.c the only code that knows curses. */
#ifndef TUI_DRAW_H
#define TUI_DRAW_H

#include "tui/state.h"

void draw_start(bool color);

/* redraw: bits of TUI_REDRAW…; curses sends only what differs. */
void draw(const struct tui *t, unsigned int redraw);

#endif
