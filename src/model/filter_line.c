// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/filter_line.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "model/filter_opts.h"

#define MAX_WORDS 32

void filter_line_done(struct filter_line *l)
{
	filter_done(&l->filter);
	for (size_t i = 0; i < l->nr_words; i++)
		free(l->words[i]);
	free(l->words);
	*l = (struct filter_line){};
}

static bool is_port(const char *word)
{
	return isdigit((unsigned char)*word) || *word == ':' || *word == '[';
}

static int add_word(struct filter_line *l, const char *word)
{
	char **words = reallocarray(l->words, l->nr_words + 1, sizeof(*words));
	char *copy = strdup(word);

	if (words)
		l->words = words;
	if (!words || !copy) {
		free(copy);
		return -ENOMEM;
	}
	words[l->nr_words++] = copy;
	return 0;
}

/* argv[0] is the program's name, as everywhere. */
static int split(char *text, char **argv, struct strbuf *why)
{
	int argc = 0;

	argv[argc++] = (char *)"filter";
	for (char *rest = text, *word; (word = strsep(&rest, " \t"));) {
		if (!*word)
			continue;
		if (argc == MAX_WORDS) {
			strbuf_adds(why, "too many words");
			return -EINVAL;
		}
		argv[argc++] = word;
	}
	argv[argc] = NULL;
	return argc;
}

int filter_line_parse(struct filter_line *ret, const char *text, const struct filter_lookup *lookup,
		      struct strbuf *why)
{
	_cleanup_(filter_line_done) struct filter_line l = {};
	_cleanup_free_ char *copy = strdup(text);
	struct opt_set sets[] = { { "Filters", filter_socket_opts, &l.filter } };
	struct opt_parser parser = { .sets = sets, .nr_sets = ARRAY_SIZE(sets) };
	struct opt_operands operands = {};
	char *argv[MAX_WORDS + 1];
	int err;

	if (!copy)
		return -ENOMEM;
	if (lookup)
		l.filter.lookup = *lookup;
	err = split(copy, argv, why);
	if (err > 0)
		err = opt_parse(&parser, err, argv, &operands, why);
	for (size_t i = 0; !err && i < operands.nr_words; i++)
		err = is_port(operands.words[i]) ?
			      filter_add(&l.filter, FILTER_PORT, operands.words[i], why) :
			      add_word(&l, operands.words[i]);
	if (err)
		return err;
	filter_line_done(ret);
	*ret = l;
	l = (struct filter_line){};
	return 0;
}

bool filter_line_empty(const struct filter_line *l)
{
	const struct filter *f = &l->filter;

	return !l->nr_words && portspec_empty(&f->ports) && !f->nr_pids && !f->nr_comms &&
	       !f->nr_uids && !f->nr_peers && !f->nr_cgroups && !f->nr_units && !f->nr_containers &&
	       !f->nr_devices && !f->nr_netns && !f->states && !f->protos && !f->families &&
	       !f->listening && !f->not ;
}

/* A word has no blanks, so it never runs over the NUL between two arguments. */
static bool occurs(const char *s, size_t len, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; s && i + n <= len; i++)
		if (!strncasecmp(s + i, word, n))
			return true;
	return false;
}

static bool occurs_in(const char *s, const char *word)
{
	return s && occurs(s, strlen(s), word);
}

bool filter_line_has_word(const struct process *p, const char *word)
{
	return occurs(p->id.comm, strnlen(p->id.comm, sizeof(p->id.comm)), word) ||
	       occurs(p->cmdline, p->cmdline_len, word) || occurs_in(p->user, word) ||
	       occurs_in(p->unit, word) || occurs_in(p->container, word);
}

static bool any_holder_has(const struct answer *a, const struct socket *s, const char *word)
{
	for (size_t i = 0; i < s->nr_holders; i++)
		if (filter_line_has_word(&a->processes[s->holders[i].process], word))
			return true;
	return false;
}

bool filter_line_match(const struct filter_line *l, const struct answer *a, const struct socket *s)
{
	for (size_t i = 0; i < l->nr_words; i++)
		if (!any_holder_has(a, s, l->words[i]))
			return false;
	return filter_match_socket(&l->filter, a, s);
}
