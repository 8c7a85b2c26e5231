// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/opt.h"

static void add_choices(struct strbuf *out, const struct opt *o)
{
	for (size_t i = 0; o->choices && o->choices[i]; i++)
		strbuf_addf(out, "%s%s", i ? " " : "", o->choices[i]);
}

static void add_option(struct strbuf *out, const char *set, const struct opt *o)
{
	strbuf_addf(out, "option\t%s\t", set);
	if (o->short_name)
		strbuf_addf(out, "-%c", o->short_name);
	strbuf_addc(out, '\t');
	if (o->long_name)
		strbuf_addf(out, "--%s", o->long_name);
	strbuf_addf(out, "\t%s\t", o->value ? o->value : "");
	add_choices(out, o);
	strbuf_addf(out, "\t%s\n", o->help);
}

void opt_table(struct strbuf *out, const struct opt_usage *u, const struct opt_set *sets,
	       size_t nr_sets)
{
	strbuf_addf(out, "synopsis\t%s\n", u->synopsis);
	for (size_t i = 0; u->examples && u->examples[i]; i++)
		strbuf_addf(out, "example\t%s\n", u->examples[i]);
	for (size_t i = 0; i < nr_sets; i++)
		for (const struct opt *o = sets[i].opts; o->kind != OPT_KIND_END; o++)
			if (o->help)
				add_option(out, sets[i].title, o);
}
