// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/put.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/cleanup.h"
#include "base/palette.h"
#include "base/text.h"
#include "tui/term.h"

/* Pairs 1 to 6 are the colours 1 to 6 on whatever the terminal has behind its text. */
enum { PAIR_BAR = 7, PAIR_CHOSEN };

static attr_t looks[LOOK_MAX];
static bool has_color;

void put_start(bool color)
{
	has_color = color && has_colors();
	looks[LOOK_TITLES] = looks[LOOK_CHOSEN] = looks[LOOK_LABEL] = A_REVERSE;
	looks[LOOK_SORTED] = A_REVERSE | A_BOLD | A_UNDERLINE;
	looks[LOOK_STRONG] = looks[LOOK_WARNING] = A_BOLD;
	looks[LOOK_DIM] = A_DIM;
	if (!has_color)
		return;
	start_color();
	use_default_colors();
	for (int c = 1; c < PALETTE_MAX; c++)
		init_pair((short)c, COLORS >= 256 ? palette[c] : c, -1);
	init_pair(PAIR_BAR, COLOR_BLACK, COLOR_GREEN);
	init_pair(PAIR_CHOSEN, COLOR_BLACK, COLOR_CYAN);
	looks[LOOK_TITLES] = COLOR_PAIR(PAIR_BAR);
	looks[LOOK_SORTED] = COLOR_PAIR(PAIR_CHOSEN);
	looks[LOOK_CHOSEN] = looks[LOOK_LABEL] = COLOR_PAIR(PAIR_CHOSEN);
	looks[LOOK_WARNING] = COLOR_PAIR(COLOR_RED) | A_BOLD;
	looks[LOOK_GOOD] = COLOR_PAIR(COLOR_GREEN);
	looks[LOOK_BUSY] = COLOR_PAIR(COLOR_CYAN);
}

void put_bar(int y, enum look look)
{
	attrset(looks[look]);
	move(y, 0);
	for (int x = 0; x < COLS; x++)
		addch(' ');
	attrset(0);
}

/* Our own signs have a likeness in ASCII; of others is only said that they were there. */
static char likeness(uint32_t c)
{
	switch (c) {
	case 0x2026: /* … */
		return '~';
	case 0x2192: /* → */
		return '>';
	case 0xb5: /* µ */
		return 'u';
	default:
		return '?';
	}
}

/* Whether a character takes no more columns than we count, so as not to run into the next cell. */
static bool is_as_wide(uint32_t c, const char *s, size_t len)
{
	int taken = wcwidth((wchar_t)c);

	return taken >= 0 && (size_t)taken <= text_width(s, len);
}

/* Printable and known to the locale, column by column as wide as it was. */
static void add_safe(struct strbuf *out, const char *s, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		uint32_t c;

		n = text_decode(s + i, len - i, &c);
		if (!n || c < ' ' || (c >= 0x7f && c < 0xa0)) {
			n = n ? n : 1;
			strbuf_addc(out, '?');
		} else if (c < 0x80 || (term_is_utf8() && is_as_wide(c, s + i, n))) {
			strbuf_add(out, s + i, n);
		} else {
			strbuf_addn(out, likeness(c), text_width(s + i, n));
		}
	}
}

size_t put_text(int y, size_t x, size_t width, const char *s, size_t len, enum look look)
{
	_cleanup_(strbuf_done) struct strbuf safe = {};
	size_t fits, columns;

	add_safe(&safe, s, len);
	if (strbuf_error(&safe) || !width || !safe.len || x >= (size_t)COLS)
		return 0;
	if (width > COLS - x)
		width = COLS - x;
	fits = text_fit(safe.s, safe.len, width);
	if (fits < safe.len) {
		safe.len = text_fit(safe.s, safe.len, width - 1);
		strbuf_adds(&safe, term_is_utf8() ? "…" : "~");
		fits = safe.len;
	}
	columns = text_width(safe.s, fits);
	attrset(looks[look]);
	mvaddnstr(y, (int)x, safe.s, (int)fits);
	attrset(0);
	return columns;
}

/* Add the pair that stands for this one of the 256 colours. */
static attr_t with_color(attr_t now, long color)
{
	if (color == palette[0])
		return now | A_DIM;
	for (int c = 1; c < PALETTE_MAX && has_color; c++)
		if (color == palette[c])
			return (now & ~(attr_t)A_COLOR) | COLOR_PAIR(c);
	return now;
}

static attr_t after_sequence(attr_t now, const char *s, size_t len)
{
	for (const char *p = s + 2; p < s + len;) {
		char *end;
		long n = strtol(p, &end, 10);

		if (n == 0)
			now = 0;
		else if (n == 1)
			now |= A_BOLD;
		else if (n == 38 && !strncmp(end, ";5;", 3))
			now = with_color(now, strtol(end + 3, &end, 10));
		p = end + 1;
	}
	return now;
}

void put_line(int y, size_t width, const struct pane *p, const struct pane_line *l)
{
	_cleanup_(strbuf_done) struct strbuf safe = {};
	attr_t attr = 0;
	size_t end;

	move(y, (int)l->indent);
	(void)width;
	for (size_t i = l->start; i < l->to; i = end) {
		size_t n = pane_sequence(p->text.s + i, l->to - i);

		end = i + (n ? n : 1);
		if (n) {
			attr = after_sequence(attr, p->text.s + i, n);
			continue;
		}
		while (end < l->to && p->text.s[end] != '\033')
			end++;
		if (end <= l->from)
			continue;
		i = i < l->from ? l->from : i;
		strbuf_reset(&safe);
		add_safe(&safe, p->text.s + i, end - i);
		attrset(attr);
		if (!strbuf_error(&safe))
			addnstr(safe.s, (int)safe.len);
		attrset(0);
	}
}
