// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/opt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/guess.h"
#include "base/num.h"

/* An option and the struct it writes into. */
struct hit {
	const struct opt *opt;
	void *base;
};

void opt_list_done(struct opt_list *l)
{
	free(l->values);
	*l = (struct opt_list){};
}

static bool find_short(const struct opt_parser *p, char c, struct hit *ret)
{
	size_t i;

	for (i = 0; i < p->nr_sets; i++) {
		const struct opt *o;

		for (o = p->sets[i].opts; o->kind != OPT_KIND_END; o++) {
			if (c && o->short_name == c) {
				*ret = (struct hit){ o, p->sets[i].base };
				return true;
			}
		}
	}
	return false;
}

static bool find_long(const struct opt_parser *p, const char *name, size_t len, struct hit *ret)
{
	size_t i;

	for (i = 0; i < p->nr_sets; i++) {
		const struct opt *o;

		for (o = p->sets[i].opts; o->kind != OPT_KIND_END; o++) {
			if (o->long_name && strlen(o->long_name) == len &&
			    memcmp(o->long_name, name, len) == 0) {
				*ret = (struct hit){ o, p->sets[i].base };
				return true;
			}
		}
	}
	return false;
}

void opt_offer(const struct opt_parser *p, struct guess *g)
{
	for (size_t i = 0; i < p->nr_sets; i++)
		for (const struct opt *o = p->sets[i].opts; o->kind != OPT_KIND_END; o++)
			if (o->long_name && o->help)
				guess_offer(g, o->long_name);
}

/* The nearest option, for "did you mean". */
static const char *guess_long(const struct opt_parser *p, const char *name, size_t len)
{
	struct guess g = { .word = name, .len = len };

	opt_offer(p, &g);
	return guess_best(&g);
}

static void add_name(struct strbuf *why, const struct opt *o, bool as_short)
{
	if ((as_short && o->short_name) || !o->long_name)
		strbuf_addf(why, "-%c", o->short_name);
	else
		strbuf_addf(why, "--%s", o->long_name);
}

static int number_error(const struct opt *o, const char *value, int r, struct strbuf *why)
{
	add_name(why, o, false);
	if (r == -ERANGE)
		strbuf_addf(why, " must be between %llu and %llu", (unsigned long long)o->min,
			    (unsigned long long)o->max);
	else
		strbuf_adds(why, o->kind == OPT_KIND_SECONDS ?
					 " must be a time such as 3, 0.5, 500ms or 2m" :
					 " must be a number");
	strbuf_addf(why, ", not '%s'", value);
	return -EINVAL;
}

static int add_to_list(struct opt_list *l, const char *value)
{
	const char **values = reallocarray(l->values, l->nr + 1, sizeof(*values));

	if (!values)
		return -ENOMEM;
	values[l->nr++] = value;
	l->values = values;
	return 0;
}

static int apply_choice(const struct opt *o, int *member, const char *value, struct strbuf *why)
{
	const char *nearest;
	int i;

	for (i = 0; o->choices[i]; i++) {
		if (strcmp(o->choices[i], value) == 0) {
			*member = i;
			return 0;
		}
	}
	add_name(why, o, false);
	strbuf_adds(why, " must be ");
	for (i = 0; o->choices[i]; i++)
		strbuf_addf(why, "%s%s",
			    i == 0	      ? "" :
			    o->choices[i + 1] ? ", " :
						" or ",
			    o->choices[i]);
	strbuf_addf(why, ", not '%s'", value);
	nearest = guess_among(value, o->choices);
	if (nearest)
		strbuf_addf(why, ": did you mean %s?", nearest);
	return -EINVAL;
}

static int apply(const struct hit *h, const char *value, struct strbuf *why)
{
	const struct opt *o = h->opt;
	void *member = (char *)h->base + o->offset;
	int r = 0;

	switch (o->kind) {
	case OPT_KIND_FLAG:
	case OPT_KIND_STOP:
		*(bool *)member = true;
		break;
	case OPT_KIND_CLEAR:
		*(bool *)member = false;
		break;
	case OPT_KIND_COUNT:
		++*(int *)member;
		break;
	case OPT_KIND_STRING:
		*(const char **)member = value;
		break;
	case OPT_KIND_LIST:
		return add_to_list(member, value);
	case OPT_KIND_U16:
		r = num_parse_u16(value, (uint16_t)o->min, (uint16_t)o->max, member);
		break;
	case OPT_KIND_U32:
		r = num_parse_u32(value, (uint32_t)o->min, (uint32_t)o->max, member);
		break;
	case OPT_KIND_SECONDS:
		r = num_parse_seconds(value, (double)o->min, (double)o->max, member);
		break;
	case OPT_KIND_CHOICE:
		return apply_choice(o, member, value, why);
	case OPT_KIND_CALL:
		return o->call(h->base, o, value, why);
	case OPT_KIND_END:
		return -EINVAL;
	}
	return r < 0 ? number_error(o, value, r, why) : 0;
}

static int missing_value(const struct opt *o, bool as_short, struct strbuf *why)
{
	add_name(why, o, as_short);
	strbuf_addf(why, " needs a value: %s", o->value);
	return -EINVAL;
}

/* The words still to come. */
struct words {
	char **argv;
	int next, argc;
};

static int parse_long(const struct opt_parser *p, const char *word, struct words *w, bool *ret_stop,
		      struct strbuf *why)
{
	const char *name = word + 2, *equals = strchr(name, '='), *value = NULL, *guess;
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	struct hit h;

	if (!find_long(p, name, len, &h)) {
		strbuf_addf(why, "unknown option '--%.*s'", (int)len, name);
		guess = guess_long(p, name, len);
		if (guess)
			strbuf_addf(why, ": did you mean --%s?", guess);
		return -EINVAL;
	}
	if (h.opt->value) {
		if (!equals && w->next >= w->argc)
			return missing_value(h.opt, false, why);
		value = equals ? equals + 1 : w->argv[w->next++];
	} else if (equals) {
		strbuf_addf(why, "--%s takes no value", h.opt->long_name);
		return -EINVAL;
	}
	*ret_stop = h.opt->kind == OPT_KIND_STOP;
	return apply(&h, value, why);
}

/* The first letter of -xyz that no set knows, or NULL. A value ends the letters. */
static const char *unknown_letter(const struct opt_parser *p, const char *word)
{
	const char *c;
	struct hit h;

	for (c = word + 1; *c; c++) {
		if (!find_short(p, *c, &h))
			return c;
		if (h.opt->value)
			break;
	}
	return NULL;
}

bool opt_is_known(const struct opt_parser *p, const char *word, bool *ret_takes_next)
{
	const char *name = word + 2, *equals = strchr(name, '='), *c;
	bool takes_next = false;
	struct hit h;

	if (word[1] == '-') {
		if (!find_long(p, name, equals ? (size_t)(equals - name) : strlen(name), &h))
			return false;
		*ret_takes_next = h.opt->value && !equals;
		return true;
	}
	if (unknown_letter(p, word))
		return false;
	for (c = word + 1; *c && find_short(p, *c, &h) && !h.opt->value; c++)
		;
	takes_next = *c && !c[1];
	*ret_takes_next = takes_next;
	return true;
}

static int parse_short(const struct opt_parser *p, const char *word, struct words *w,
		       bool *ret_stop, struct strbuf *why)
{
	const char *c, *value, *unknown = unknown_letter(p, word);
	struct hit h = {};
	int r;

	if (unknown) {
		r = p->unknown ? p->unknown(p->arg, word, why) : 0;
		if (r != 0)
			return r < 0 ? r : 0;
		strbuf_addf(why, "unknown option '-%c'", *unknown);
		if (word[2])
			strbuf_addf(why, " in '%s'", word);
		return -EINVAL;
	}
	for (c = word + 1; *c && !*ret_stop; c++) {
		value = NULL;
		if (!find_short(p, *c, &h))
			return -EINVAL;
		if (h.opt->value) {
			if (!c[1] && w->next >= w->argc)
				return missing_value(h.opt, true, why);
			value = c[1] ? c + 1 : w->argv[w->next++];
		}
		r = apply(&h, value, why);
		if (r < 0)
			return r;
		*ret_stop = h.opt->kind == OPT_KIND_STOP;
		if (value)
			break;
	}
	return 0;
}

int opt_parse(const struct opt_parser *p, int argc, char **argv, struct opt_operands *ret,
	      struct strbuf *why)
{
	struct words w = { argv, 1, argc };
	struct opt_operands out = {};
	bool stop = false;
	/* Operands gather at the front, over words already looked at. */
	int nr = argc > 0 ? 1 : 0, r;

	while (w.next < argc && !stop) {
		char *word = argv[w.next++];

		if (word[0] != '-' || word[1] == '\0') {
			argv[nr++] = word;
			continue;
		}
		if (strcmp(word, "--") == 0) {
			if (p->keep_rest) {
				out.rest = argv + w.next;
				out.nr_rest = (size_t)(argc - w.next);
				break;
			}
			while (w.next < argc)
				argv[nr++] = argv[w.next++];
			break;
		}
		r = word[1] == '-' ? parse_long(p, word, &w, &stop, why) :
				     parse_short(p, word, &w, &stop, why);
		if (r < 0)
			return r;
	}

	/* With "--" kept, the words end at the latest where "--" stood: the rest is whole. */
	if (argc > 0 && nr < argc)
		argv[nr] = NULL;
	out.words = argc > 0 ? argv + 1 : argv;
	out.nr_words = argc > 0 ? (size_t)nr - 1 : 0;
	*ret = out;
	return 0;
}
