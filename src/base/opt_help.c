// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/opt.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/wrap.h"

#define HELP_COLUMN 30 /* where the texts begin */
#define HELP_WIDTH 96
#define HELP_NARROW 70 /* below this the texts stand under the options */
#define HELP_LINES 40  /* of a screen */

/* Wraps text at blanks; what follows the first line begins at `indent`. */
static void add_wrapped(struct strbuf *out, const char *text, size_t indent, size_t screen)
{
	size_t column = indent;

	while (*text) {
		size_t len = strcspn(text, " \n"), width = text_width(text, len);

		if (column > indent && column + 1 + width > screen) {
			strbuf_addc(out, '\n');
			strbuf_addn(out, ' ', indent);
			column = indent;
		} else if (column > indent) {
			strbuf_addc(out, ' ');
			column++;
		}
		strbuf_add(out, text, len);
		column += width;
		text += len;
		if (*text == '\n') {
			strbuf_addc(out, '\n');
			strbuf_addn(out, ' ', indent);
			column = indent;
		}
		if (*text)
			text++;
	}
	strbuf_addc(out, '\n');
}

static void add_names(struct strbuf *out, const struct opt *o, const char *between)
{
	if (o->short_name)
		strbuf_addf(out, "-%c", o->short_name);
	if (o->long_name)
		strbuf_addf(out, "%s--%s", o->short_name ? between : "", o->long_name);
	if (o->value)
		strbuf_addf(out, " %s", o->value);
}

static void add_option(struct strbuf *out, const struct opt *o, size_t screen)
{
	size_t start = out->len, width, column = screen < HELP_NARROW ? 6 : HELP_COLUMN;

	strbuf_adds(out, o->short_name ? "  " : "      ");
	add_names(out, o, ", ");
	if (out->failed)
		return;

	width = text_width(out->s + start, out->len - start);
	if (width + 2 > column) {
		strbuf_addc(out, '\n');
		width = 0;
	}
	strbuf_addn(out, ' ', column - width);
	add_wrapped(out, o->help, column, screen);
}

static void add_examples(struct strbuf *out, const char *const *examples, size_t screen)
{
	size_t widest = 0, i, len;
	bool below = false;

	for (i = 0; examples[i]; i++) {
		len = text_width(examples[i], strcspn(examples[i], "\t"));
		if (len > widest)
			widest = len;
	}
	for (i = 0; examples[i]; i++) {
		const char *tab = strchr(examples[i], '\t');

		below = below ||
			(tab && 5 + widest + text_width(tab + 1, strlen(tab + 1)) > screen);
	}
	strbuf_adds(out, "Examples:\n");
	for (i = 0; examples[i]; i++) {
		const char *tab = strchr(examples[i], '\t');

		len = strcspn(examples[i], "\t");
		strbuf_adds(out, "  ");
		strbuf_add(out, examples[i], len);
		if (tab && below) {
			strbuf_adds(out, "\n      ");
			add_wrapped(out, tab + 1, 6, screen);
			continue;
		}
		if (tab) {
			strbuf_addn(out, ' ', widest - text_width(examples[i], len) + 3);
			strbuf_adds(out, tab + 1);
		}
		strbuf_addc(out, '\n');
	}
	strbuf_addc(out, '\n');
}

static void add_set(struct strbuf *out, const struct opt_set *set, size_t screen)
{
	bool titled = false;

	for (const struct opt *o = set->opts; o->kind != OPT_KIND_END; o++) {
		if (!o->help)
			continue;
		if (!titled)
			strbuf_addf(out, "\n%s:\n", set->title);
		titled = true;
		add_option(out, o, screen);
	}
}

static void add_set_in_brief(struct strbuf *out, const struct opt_set *set, size_t screen)
{
	_cleanup_(strbuf_done) struct strbuf names = {};

	strbuf_addf(out, "\n%s (see the manual):\n  ", set->title);
	for (const struct opt *o = set->opts; o->kind != OPT_KIND_END; o++)
		if (o->help) {
			if (names.len)
				strbuf_addc(&names, ' ');
			add_names(&names, o, "|");
		}
	add_wrapped(out, strbuf_str(&names), 2, screen);
}

static void add_all(struct strbuf *out, const struct opt_usage *u, const struct opt_set *sets,
		    size_t nr_sets, size_t screen, bool brief)
{
	if (u->examples && u->examples[0])
		add_examples(out, u->examples, screen);
	strbuf_adds(out, "Usage: ");
	add_wrapped(out, u->synopsis, strlen("Usage: "), screen);
	if (u->about) {
		strbuf_addc(out, '\n');
		add_wrapped(out, u->about, 0, screen);
	}
	for (size_t i = 0; i < nr_sets; i++)
		if (brief && i == nr_sets - 1)
			add_set_in_brief(out, &sets[i], screen);
		else
			add_set(out, &sets[i], screen);
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	while ((text = strchr(text, '\n'))) {
		text++;
		n++;
	}
	return n;
}

void opt_help(struct strbuf *out, const struct opt_usage *u, const struct opt_set *sets,
	      size_t nr_sets, unsigned int width)
{
	_cleanup_(strbuf_done) struct strbuf full = {}, text = {};
	size_t screen = width && width < HELP_WIDTH ? width : HELP_WIDTH;

	add_all(&full, u, sets, nr_sets, screen, false);
	if (count_lines(strbuf_str(&full)) <= HELP_LINES)
		strbuf_adds(&text, strbuf_str(&full));
	else
		add_all(&text, u, sets, nr_sets, screen, true);
	/* Commands in the examples are kept in one piece up to here. */
	wrap_add(out, strbuf_str(&text), strbuf_len(&text), width);
}
