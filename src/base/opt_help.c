// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/opt.h"

#include "base/text.h"

#define HELP_COLUMN 30 /* where the texts begin */
#define HELP_WIDTH 96

/* Wraps text at blanks; what follows the first line begins at `indent`. */
static void add_wrapped(struct strbuf *out, const char *text, size_t indent)
{
	size_t column = indent;

	while (*text) {
		size_t len = strcspn(text, " \n"), width = text_width(text, len);

		if (column > indent && column + 1 + width > HELP_WIDTH) {
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

static void add_option(struct strbuf *out, const struct opt *o)
{
	size_t start = out->len, width;

	if (o->short_name && o->long_name)
		strbuf_addf(out, "  -%c, --%s", o->short_name, o->long_name);
	else if (o->short_name)
		strbuf_addf(out, "  -%c", o->short_name);
	else
		strbuf_addf(out, "      --%s", o->long_name);
	if (o->value)
		strbuf_addf(out, " %s", o->value);
	if (out->failed)
		return;

	width = text_width(out->s + start, out->len - start);
	if (width + 2 > HELP_COLUMN) {
		strbuf_addc(out, '\n');
		width = 0;
	}
	strbuf_addn(out, ' ', HELP_COLUMN - width);
	add_wrapped(out, o->help, HELP_COLUMN);
}

static void add_examples(struct strbuf *out, const char *const *examples)
{
	size_t widest = 0, i, len;

	for (i = 0; examples[i]; i++) {
		len = text_width(examples[i], strcspn(examples[i], "\t"));
		if (len > widest)
			widest = len;
	}
	strbuf_adds(out, "Examples:\n");
	for (i = 0; examples[i]; i++) {
		const char *tab = strchr(examples[i], '\t');

		len = strcspn(examples[i], "\t");
		strbuf_adds(out, "  ");
		strbuf_add(out, examples[i], len);
		if (tab) {
			strbuf_addn(out, ' ', widest - text_width(examples[i], len) + 3);
			strbuf_adds(out, tab + 1);
		}
		strbuf_addc(out, '\n');
	}
	strbuf_addc(out, '\n');
}

void opt_help(struct strbuf *out, const struct opt_usage *u, const struct opt_set *sets,
	      size_t nr_sets)
{
	const struct opt *o;
	size_t i;

	if (u->examples && u->examples[0])
		add_examples(out, u->examples);
	strbuf_addf(out, "Usage: %s\n", u->synopsis);
	if (u->about) {
		strbuf_addc(out, '\n');
		add_wrapped(out, u->about, 0);
	}
	for (i = 0; i < nr_sets; i++) {
		bool titled = false;

		for (o = sets[i].opts; o->kind != OPT_KIND_END; o++) {
			if (!o->help)
				continue;
			if (!titled)
				strbuf_addf(out, "\n%s:\n", sets[i].title);
			titled = true;
			add_option(out, o);
		}
	}
}
