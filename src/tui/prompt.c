// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/prompt.h"

#include <stdio.h>
#include <string.h>

#include "tui/keys.h"

unsigned int prompt_open(struct tui *t, enum tui_prompt which)
{
	t->prompt = which;
	t->menu = t->view_of.sort;
	t->search_from = t->list.chosen;
	strbuf_reset(&t->why);
	snprintf(t->before, sizeof(t->before), "%s", t->typed);
	snprintf(t->input, sizeof(t->input), "%s", which == TUI_FILTER ? t->typed : "");
	return TUI_REDRAW;
}

/* As UTF-8, if there is room for it. */
static void add_char(char *s, size_t size, uint32_t c)
{
	size_t len = strlen(s);
	char bytes[5] = {};

	if (c < 0x80) {
		bytes[0] = (char)c;
	} else if (c < 0x800) {
		bytes[0] = (char)(0xc0 | c >> 6);
		bytes[1] = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		bytes[0] = (char)(0xe0 | c >> 12);
		bytes[1] = (char)(0x80 | (c >> 6 & 0x3f));
		bytes[2] = (char)(0x80 | (c & 0x3f));
	} else {
		bytes[0] = (char)(0xf0 | c >> 18);
		bytes[1] = (char)(0x80 | (c >> 12 & 0x3f));
		bytes[2] = (char)(0x80 | (c >> 6 & 0x3f));
		bytes[3] = (char)(0x80 | (c & 0x3f));
	}
	if (len + strlen(bytes) < size)
		memcpy(s + len, bytes, strlen(bytes) + 1);
}

/* The last character, or with `word` all of the last word. */
static void remove_last(char *s, bool word)
{
	size_t len = strlen(s);

	while (word && len && s[len - 1] == ' ')
		len--;
	do {
		while (len && ((unsigned char)s[len - 1] & 0xc0) == 0x80)
			len--;
		len -= len ? 1 : 0;
	} while (word && len && s[len - 1] != ' ');
	s[len] = '\0';
}

/* The input has changed. */
static unsigned int apply(struct tui *t)
{
	strbuf_reset(&t->why);
	if (t->prompt == TUI_FILTER) {
		tui_set_filter(t, t->input);
		return TUI_REDRAW | TUI_REBUILD;
	}
	snprintf(t->searched, sizeof(t->searched), "%s", t->input);
	if (*t->input && !port_list_search(&t->list, t->board, t->input, t->search_from))
		strbuf_adds(&t->why, "not found");
	port_list_scroll(&t->list, tui_room(t));
	return TUI_REDRAW;
}

static unsigned int end(struct tui *t, bool keep)
{
	enum tui_prompt which = t->prompt;

	t->prompt = TUI_NO_PROMPT;
	strbuf_reset(&t->why);
	if (which == TUI_FILTER && !keep)
		tui_set_filter(t, t->before);
	if (which == TUI_SEARCH && !keep) {
		port_list_choose(&t->list, t->board, t->search_from);
		port_list_scroll(&t->list, tui_room(t));
	}
	if (which == TUI_SORT && keep) {
		t->view_of.reverse = t->view_of.sort == t->menu && !t->view_of.reverse;
		t->view_of.sort = t->menu;
	}
	return TUI_REDRAW | TUI_REBUILD;
}

static unsigned int menu_key(struct tui *t, uint32_t key)
{
	int step =
		key == KEY_TUI_UP || key == KEY_TUI_LEFT ? COLUMN_MAX - 1 :
		key == KEY_TUI_DOWN || key == KEY_TUI_RIGHT || key == '\t' || key == KEY_TUI_F(6) ?
							   1 :
							   0;

	t->menu = (enum column)(((int)t->menu + step) % COLUMN_MAX);
	return TUI_REDRAW;
}

unsigned int prompt_key(struct tui *t, uint32_t key)
{
	if (key == KEY_TUI_ENTER || key == KEY_TUI_ESCAPE)
		return end(t, key == KEY_TUI_ENTER);
	if (t->prompt == TUI_SORT)
		return menu_key(t, key);
	if (t->prompt == TUI_SEARCH && (key == KEY_TUI_F(3) || key == KEY_TUI_DOWN)) {
		t->search_from = t->list.chosen + 1;
		return apply(t);
	}
	if (key == KEY_TUI_BACKSPACE || key == KEY_TUI_CTRL('w'))
		remove_last(t->input, key != KEY_TUI_BACKSPACE);
	else if (key == KEY_TUI_CTRL('u'))
		t->input[0] = '\0';
	else if (key >= ' ' && key != 0x7f && key < KEY_TUI_NONE)
		add_char(t->input, sizeof(t->input), key);
	else
		return 0;
	return apply(t);
}
