// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/card_lines.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "print/color.h"

#define INDENT 2
#define GAP 2	/* behind a label */
#define APART 4 /* between two on a line */
#define LABELLED (INDENT + CARD_LABEL + GAP)

struct strbuf *card_lines_add(struct card_lines *c, const char *label, bool beside)
{
	struct card_line *line = &c->v[c->nr < CARD_LINES ? c->nr : CARD_LINES - 1];

	c->nr += c->nr < CARD_LINES;
	line->label = label;
	line->beside = beside;
	return &line->text;
}

void card_lines_done(struct card_lines *c)
{
	for (size_t i = 0; i < c->nr; i++)
		strbuf_done(&c->v[i].text);
}

static size_t width_of(const struct card_line *line)
{
	_cleanup_(strbuf_done) struct strbuf safe = {};

	text_escape(&safe, line->text.s, line->text.len);
	return text_width(strbuf_str(&safe), strbuf_len(&safe));
}

/* The line that stands behind line i; NULL: none does. */
static const struct card_line *partner(const struct card_lines *c, size_t i, size_t width)
{
	size_t k = i + 1;

	while (k < c->nr && !c->v[k].text.len)
		k++;
	if (k >= c->nr || !c->v[k].beside ||
	    LABELLED + width_of(&c->v[i]) + APART + CARD_LABEL + GAP + width_of(&c->v[k]) > width)
		return NULL;
	return &c->v[k];
}

/* Return the column at which the second of two begins on every line. */
static size_t second_column(const struct card_lines *c, size_t width)
{
	size_t most = 0;

	for (size_t i = 0; i < c->nr; i++) {
		size_t w = c->v[i].text.len && partner(c, i, width) ? width_of(&c->v[i]) : 0;

		most = w > most ? w : most;
	}
	return LABELLED + most + APART;
}

static void add_label(struct strbuf *out, const char *label, bool color)
{
	strbuf_adds(out, color ? COLOR_CYAN : "");
	strbuf_adds(out, label);
	strbuf_adds(out, color ? COLOR_RESET : "");
	strbuf_addn(out, ' ', CARD_LABEL + GAP - strlen(label));
}

int card_lines_print(struct strbuf *out, const struct card_lines *c, const struct out_opts *opts)
{
	size_t second = second_column(c, opts->width);

	for (size_t i = 0; i < c->nr; i++) {
		const struct card_line *line = &c->v[i], *beside;
		size_t taken;

		if (line->text.failed)
			return -ENOMEM;
		if (!line->text.len)
			continue;
		strbuf_addn(out, ' ', INDENT);
		add_label(out, line->label, opts->color);
		text_escape(out, line->text.s, line->text.len);
		beside = partner(c, i, opts->width);
		taken = LABELLED + width_of(line);
		/* Not under the others where it has no room there. */
		if (beside && second + CARD_LABEL + GAP + width_of(beside) > opts->width)
			second = taken + APART;
		if (beside) {
			strbuf_addn(out, ' ', second > taken ? second - taken : APART);
			add_label(out, beside->label, opts->color);
			text_escape(out, beside->text.s, beside->text.len);
			i = (size_t)(beside - c->v);
		}
		strbuf_addc(out, '\n');
	}
	return strbuf_error(out);
}
