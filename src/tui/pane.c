// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/pane.h"

#include <errno.h>
#include <stdlib.h>

#include "base/text.h"

#define INDENT 4

void pane_done(struct pane *p)
{
	strbuf_done(&p->text);
	free(p->lines.v);
	*p = (struct pane){};
}

size_t pane_sequence(const char *s, size_t len)
{
	size_t i = 2;

	if (len < 3 || s[0] != '\033' || s[1] != '[')
		return 0;
	while (i < len && ((s[i] >= '0' && s[i] <= '9') || s[i] == ';'))
		i++;
	return i < len && s[i] == 'm' ? i + 1 : 0;
}

/* Bytes of one character or sequence, and the columns it takes. */
static size_t step(const char *s, size_t len, size_t *ret_columns)
{
	size_t n = pane_sequence(s, len);
	uint32_t c;

	*ret_columns = 0;
	if (n)
		return n;
	n = text_decode(s, len, &c);
	n = n ? n : 1;
	*ret_columns = text_width(s, n);
	return n;
}

/* Where the piece that begins at `from` ends: before a word if it can be. */
static size_t fit(const char *s, size_t from, size_t end, size_t width)
{
	size_t used = 0, i = from, blank = 0;

	while (i < end) {
		size_t columns, n = step(s + i, end - i, &columns);

		if (used + columns > width)
			return s[i] == ' ' ? i : blank ? blank : i > from ? i : i + n;
		used += columns;
		i += n;
		if (s[i - 1] == ' ' && used > width / 2)
			blank = i;
	}
	return end;
}

static int wrap_line(struct pane *p, size_t start, size_t end, size_t width)
{
	size_t from = start, indent = 0;

	do {
		struct pane_line *l = VEC_ADD(&p->lines);

		if (!l)
			return -ENOMEM;
		*l = (struct pane_line){ .start = start, .from = from, .indent = indent };
		l->to = from = fit(p->text.s, from, end, width - indent);
		while (from < end && p->text.s[from] == ' ')
			from++;
		indent = width > 3 * INDENT ? INDENT : 0;
	} while (from < end);
	return 0;
}

int pane_wrap(struct pane *p, size_t width)
{
	size_t start = 0;
	int err = 0;

	p->lines.nr = 0;
	while (start < p->text.len && !err && width) {
		const char *nl = memchr(p->text.s + start, '\n', p->text.len - start);
		size_t end = nl ? (size_t)(nl - p->text.s) : p->text.len;

		err = wrap_line(p, start, end, width);
		start = end + 1;
	}
	return err;
}

int pane_set(struct pane *p, struct strbuf *text, size_t width)
{
	struct strbuf old = p->text;

	if (strbuf_error(text))
		return -ENOMEM;
	p->text = *text;
	*text = (struct strbuf){};
	strbuf_done(&old);
	return pane_wrap(p, width);
}

void pane_scroll(struct pane *p, long lines, size_t height)
{
	size_t last = p->lines.nr > height ? p->lines.nr - height : 0, up = lines < 0 ? -lines : 0;

	if (lines)
		p->follow = false;
	if (p->follow)
		p->top = last;
	else if (up)
		p->top = up > p->top ? 0 : p->top - up;
	else
		p->top += (size_t)lines;
	if (p->top > last)
		p->top = last;
}

void pane_show_from(struct pane *p, size_t byte, size_t height)
{
	p->follow = false;
	p->top = 0;
	while (p->top + height < p->lines.nr && p->lines.v[p->top].start < byte)
		p->top++;
}

bool pane_at_end(const struct pane *p, size_t height)
{
	return p->top + height >= p->lines.nr;
}
