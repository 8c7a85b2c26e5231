/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter_line: the FILTERs of portwatch(1) as one line that somebody types, `--port 8000 --user
 * www-data`, with bare words for the lazy: what begins like a PORT is one, any other word has to
 * occur in the name, command line, user, unit or container of the process, in any case. Several
 * PORTs are alternatives, all other bare words must occur. Pure.
 */
#ifndef MODEL_FILTER_LINE_H
#define MODEL_FILTER_LINE_H

#include "model/filter.h"

struct filter_line {
	struct filter filter;
	char **words;
	size_t nr_words;
};

void filter_line_done(struct filter_line *l);

/* 0, and *ret is replaced; or *ret is as it was: -EINVAL with a sentence in `why`, -ENOMEM. */
int filter_line_parse(struct filter_line *ret, const char *text, const struct filter_lookup *lookup,
		      struct strbuf *why);

bool filter_line_empty(const struct filter_line *l);

bool filter_line_match(const struct filter_line *l, const struct answer *a, const struct socket *s);

/* Does the word occur in what is known of the process? */
bool filter_line_has_word(const struct process *p, const char *word);

#endif
