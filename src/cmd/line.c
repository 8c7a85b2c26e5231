// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/line.h"

#include <string.h>

#include "cmd/common.h"
#include "cmd/hands.h"
#include "model/filter_opts.h"

static bool table_takes_next(const struct opt *table, const char *word)
{
	const struct opt_set set = { "", table, NULL };
	const struct opt_parser parser = { .sets = &set, .nr_sets = 1 };
	bool takes_next = false;

	return table && opt_is_known(&parser, word, &takes_next) && takes_next;
}

/* A letter means something else in each command; a long name has one meaning in all of them. */
bool line_takes_next(const struct command_table *t, const char *command, const char *word)
{
	const struct command *named = names_find(t, command);

	if (table_takes_next(common_opts, word) || table_takes_next(filter_opts, word))
		return true;
	if (word[1] != '-')
		return named && table_takes_next(named->opts, word);
	for (const struct command *const *c = t->commands; *c; c++)
		if (table_takes_next((*c)->opts, word))
			return true;
	return false;
}

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1];
}

/* Is the word at `at` the value of an option of this command? */
static bool is_value(const struct command_table *t, const char *command, char **argv, int at)
{
	int i = 1;

	while (i < at)
		i += is_option(argv[i]) && line_takes_next(t, command, argv[i]) ? 2 : 1;
	return i > at;
}

/* Where the options and PORTs end: at "--", or at the end. */
static int end_of_words(const struct hand_line *l)
{
	int i = 1;

	while (i < l->argc && strcmp(l->argv[i], "--"))
		i++;
	return i;
}

/* The first word that names a command, wherever it stands. NULL: none does. */
static const char *named_command(const struct command_table *t, const struct hand_line *l,
				 int *ret_at)
{
	int end = end_of_words(l);

	for (int i = 1; i < end; i++) {
		const char *word = l->argv[i];
		const char *name = names_has(t, word) ? word : hands_command(l, i);

		if (name && !is_value(t, name, l->argv, i)) {
			*ret_at = i;
			return name;
		}
	}
	return NULL;
}

/* Return the index of the first word that is no option and no option's value; argc: none. */
static int first_operand(const struct command_table *t, const struct hand_line *l)
{
	int i = 1;

	while (i < l->argc && is_option(l->argv[i]) && strcmp(l->argv[i], "--"))
		i += line_takes_next(t, "who", l->argv[i]) ? 2 : 1;
	return i < l->argc ? i : l->argc;
}

static bool has_option(const struct hand_line *l, const char *name)
{
	size_t len = strlen(name);
	int end = end_of_words(l);

	for (int i = 1; i < end; i++)
		if (!strncmp(l->argv[i], "--", 2) && !strncmp(l->argv[i] + 2, name, len) &&
		    (!l->argv[i][2 + len] || l->argv[i][2 + len] == '='))
			return true;
	return false;
}

/* Where no command is named, the options tell; and then whether there is a PORT. */
static const char *meant_command(const struct hand_line *l, bool has_operand)
{
	static const char *const of_stream[] = { "event", "record", "replay", NULL };
	static const char *const of_list[] = { "pid", "comm", "user", NULL };

	for (const char *const *name = of_stream; *name; name++)
		if (has_option(l, *name))
			return "stream";
	for (const char *const *name = of_list; *name; name++)
		if (has_option(l, *name))
			return "list";
	return has_operand ? "who" : "stream";
}

/* "8000 -f": the live events of that port. */
static const char *live_command(const struct command_table *t, struct hand_line *l, int *ret_at)
{
	int end = end_of_words(l);

	l->command = "who";
	for (int i = 1; i < end; i++)
		if (hands_command(l, i) && !is_value(t, "who", l->argv, i)) {
			*ret_at = i;
			return hands_command(l, i);
		}
	return NULL;
}

/* Takes the name out of the words and puts it first, in argv[1], where most people write it. */
static void name_first(int named, const char *name, char **argv)
{
	memmove(argv + 2, argv + 1, (named - 1) * sizeof(*argv));
	argv[1] = (char *)name;
}

/* "-ki 8000" is "-k -i 8000", "-ti:8000" is "-t :8000": what others bundle with what decides here.
 * The words are copied, with room for one more. */
static int unbundle(int argc, char **argv, char **ret)
{
	static char rest[16] = "-";
	int to = 0;
	bool split = false, ended = false;

	for (int i = 0; i < argc; i++) {
		char *word = argv[i], *k = strchr(word, 'k');
		size_t len = strlen(word);

		ended = ended || !strcmp(word, "--");
		ret[to++] = word;
		if (i == 0 || split || ended)
			continue;
		if (!strncmp(word, "-ti", 3) && strchr(word, ':')) {
			ret[to - 1] = (char *)"-t";
			ret[to++] = word + 3;
			split = true;
		} else if (k && len > 2 && len < sizeof(rest) && word[0] == '-' &&
			   strspn(word + 1, "kinvqy46") == len - 1) {
			ret[to - 1] = (char *)"-k";
			memcpy(rest + 1, word + 1, k - word - 1);
			strcpy(rest + (k - word), k + 1);
			ret[to++] = rest;
			split = true;
		}
	}
	ret[to] = NULL;
	return to;
}

/* True: "--help" or its like come before any PORT. */
static bool asks_for_all(const struct hand_line *l, int operand, const char *a, const char *b)
{
	for (int i = 1; i < operand; i++)
		if (!strcmp(l->argv[i], a) || (b && !strcmp(l->argv[i], b)))
			return true;
	return false;
}

void line_read(const struct command_table *t, int argc, char **argv, char **words, struct line *ret)
{
	struct hand_line l = { .argc = unbundle(argc, argv, words), .argv = words };
	struct line out = { .argc = l.argc - 1, .argv = words + 1 };
	int at, operand;

	out.command = named_command(t, &l, &at);
	if (!out.command) {
		operand = first_operand(t, &l);
		out.wants_help = asks_for_all(&l, operand, "--help", "-h");
		out.wants_table = asks_for_all(&l, operand, "--help-table", NULL);
		out.command = live_command(t, &l, &at);
	}
	if (out.command) {
		name_first(at, out.command, words);
	} else {
		out.command = meant_command(&l, operand < l.argc);
		out.argc = l.argc;
		out.argv = words;
	}
	*ret = out;
}
