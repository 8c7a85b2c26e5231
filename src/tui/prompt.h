/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prompt: the line at the bottom in which one types what to search or to filter for, with effect at
 * every key; and the menu of columns. Enter keeps it, Esc takes it back. No curses.
 */
#ifndef TUI_PROMPT_H
#define TUI_PROMPT_H

#include <stdint.h>

#include "tui/state.h"

/* Both return bits of TUI_REDRAW…. */
unsigned int prompt_open(struct tui *t, enum tui_prompt which);
unsigned int prompt_key(struct tui *t, uint32_t key);

#endif
