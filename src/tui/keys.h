/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keys: a key changes the state and says what has to be drawn again; what the state cannot do by
 * itself it leaves as a wish. htop's keys where htop has such a thing. No curses.
 */
#ifndef TUI_KEYS_H
#define TUI_KEYS_H

#include <stdint.h>

#include "tui/state.h"

/* A character of Unicode, or one of these. */
enum tui_key {
	KEY_TUI_NONE = 0x110000,
	KEY_TUI_UP,
	KEY_TUI_DOWN,
	KEY_TUI_LEFT,
	KEY_TUI_RIGHT,
	KEY_TUI_HOME,
	KEY_TUI_END,
	KEY_TUI_PAGE_UP,
	KEY_TUI_PAGE_DOWN,
	KEY_TUI_ENTER,
	KEY_TUI_BACKSPACE,
	KEY_TUI_ESCAPE,
	KEY_TUI_RESIZE,
	KEY_TUI_F0, /* and up to F12 */
	KEY_TUI_MAX = KEY_TUI_F0 + 13,
};

#define KEY_TUI_F(n) (KEY_TUI_F0 + (n))
#define KEY_TUI_CTRL(c) ((c)&31)

/* Bits of TUI_REDRAW…; t->wish is set. */
unsigned int keys_press(struct tui *t, uint32_t key);

/* The text of the help view. */
void keys_help(struct strbuf *out);

#endif
