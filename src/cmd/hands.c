// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/hands.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/guess.h"
#include "cmd/names.h"
#include "model/signame.h"

enum hand_does {
	HAND_COMMAND, /* it is this command, wherever it stands in the line */
	HAND_OPTION,  /* it is this option */
	HAND_NOTHING, /* it is taken, and changes nothing */
	HAND_SAYS,    /* it is refused, and this does it */
};

struct hand {
	/* An option or a word. "-x *": with a value behind it; "-x?*": with one that is part of it;
	 * "-[abc]": one or more of these letters. */
	const char *typed;
	const char *in;	  /* the commands it is a row of, divided by blanks; NULL: all */
	const char *tool; /* whose it is; NULL: nobody's */
	enum hand_does does;
	/* %p: the first port in the line; %v: the value; %c: the program and the command; %l: what
	 * the letters of ss mean. */
	const char *text;
};

#define ASKS "who stream list" /* what is meant where no command is named */
#define LISTS "stream list top timewait"
#define OTHERS "stream who list wait timewait top export load unload status check doctor"

/* The first row that fits counts. */
static const struct hand hands[] = {
	/* Commands. */
	{ "kill", NULL, "kill", HAND_COMMAND, "free" },
	{ "ls", NULL, "ls", HAND_COMMAND, "list" },
	{ "watch", NULL, "watch", HAND_COMMAND, "stream" },
	{ "--free", NULL, NULL, HAND_COMMAND, "free" },
	{ "-k", NULL, "fuser", HAND_COMMAND, "free" },
	{ "-f", "who", "tail", HAND_COMMAND, "stream" },
	{ "-w", "who", "watch", HAND_COMMAND, "stream" },
	{ "--follow", "who", "tail", HAND_COMMAND, "stream" },
	{ "ps", NULL, NULL, HAND_SAYS, "portwatch list" },
	{ "show", NULL, NULL, HAND_SAYS, "portwatch list" },
	{ "info", NULL, NULL, HAND_SAYS, "portwatch list" },
	{ "find", NULL, NULL, HAND_SAYS, "portwatch list" },
	{ "ports", NULL, NULL, HAND_SAYS, "portwatch list" },
	{ "netstat", NULL, NULL, HAND_SAYS, "portwatch list" },
	{ "ss", NULL, NULL, HAND_SAYS, "portwatch list" },
	{ "lsof", NULL, NULL, HAND_SAYS, "portwatch list" },
	{ "fuser", NULL, NULL, HAND_SAYS, "portwatch %p" },
	{ "stop", NULL, NULL, HAND_SAYS, "portwatch free %p" },
	{ "end", NULL, NULL, HAND_SAYS, "portwatch free %p" },
	{ "events", NULL, NULL, HAND_SAYS, "portwatch stream" },
	{ "log", NULL, NULL, HAND_SAYS, "portwatch stream" },
	{ "tail", NULL, NULL, HAND_SAYS, "portwatch stream" },
	{ "metrics", NULL, NULL, HAND_SAYS, "portwatch export" },
	{ "tw", NULL, NULL, HAND_SAYS, "portwatch timewait" },

	/* Words behind a command. */
	{ "tcp", NULL, NULL, HAND_SAYS, "%c %p/tcp" },
	{ "udp", NULL, NULL, HAND_SAYS, "%c %p/udp" },
	{ "sport", NULL, "ss", HAND_SAYS, "portwatch list --port %p" },
	{ "dport", NULL, "ss", HAND_SAYS, "portwatch list --peer :%p" },
	{ "src *", NULL, "ss", HAND_SAYS, "portwatch list --port %p" },
	{ "dst *", NULL, "ss", HAND_SAYS, "portwatch list --peer %v" },
	{ "state *", NULL, "ss", HAND_SAYS, "portwatch list --state %v" },

	/* Options of free: fuser, kill, npx kill-port. */
	{ "-k", "free", "fuser", HAND_NOTHING, NULL },
	{ "--kill", "free", NULL, HAND_NOTHING, NULL },
	{ "--free", "free", NULL, HAND_NOTHING, NULL },
	{ "-y", "free", "fkill", HAND_NOTHING, NULL },
	{ "--yes", "free", "fkill", HAND_NOTHING, NULL },
	{ "-f", "free", "fkill", HAND_SAYS, "portwatch free --force %p" },
	{ "--wait", "free", NULL, HAND_SAYS, "portwatch wait %p --for free" },
	{ "-k", OTHERS, "fuser", HAND_SAYS, "portwatch free %p" },
	{ "--free", OTHERS, NULL, HAND_SAYS, "portwatch free %p" },
	{ "--free=?*", OTHERS, NULL, HAND_SAYS, "portwatch free %v" },
	{ "--kill", OTHERS, "fkill", HAND_SAYS, "portwatch free %p" },

	/* lsof. */
	{ "-ti", ASKS, "lsof", HAND_OPTION, "--pids" },
	{ "-i?*", ASKS, "lsof", HAND_SAYS, "portwatch %v" },
	{ "-i *", ASKS, "lsof", HAND_SAYS, "portwatch %v" },
	{ "-i", ASKS, "lsof", HAND_SAYS, "portwatch list" },
	{ "-s?*", ASKS, "lsof", HAND_SAYS, "portwatch list --listening" },
	{ "-s *", ASKS, "lsof", HAND_SAYS, "portwatch list --listening" },
	{ "-p *", ASKS, "lsof", HAND_SAYS, "portwatch list --pid %v" },
	{ "-c *", ASKS, "lsof", HAND_SAYS, "portwatch list --comm %v" },
	{ "-u *", ASKS, "lsof", HAND_SAYS, "portwatch list --user %v" },
	{ "-P", ASKS, "lsof", HAND_NOTHING, NULL },

	/* fuser, which takes a name space, and others, which mean "numeric". */
	{ "-n tcp", ASKS, "fuser", HAND_SAYS, "portwatch %p/tcp" },
	{ "-n udp", ASKS, "fuser", HAND_SAYS, "portwatch %p/udp" },
	{ "-n", ASKS, "ss", HAND_NOTHING, NULL },

	/* ss and netstat. */
	{ "-l", "list", "ss", HAND_OPTION, "--listening" },
	{ "-u", "list", "ss", HAND_OPTION, "--proto=udp" },
	{ "--tcp", LISTS, "ss", HAND_OPTION, "--proto=tcp" },
	{ "--udp", LISTS, "ss", HAND_OPTION, "--proto=udp" },
	{ "--tcp", NULL, NULL, HAND_SAYS, "%c %p/tcp" },
	{ "--udp", NULL, NULL, HAND_SAYS, "%c %p/udp" },
	{ "-a", ASKS, "ss", HAND_SAYS, "portwatch list" },
	{ "--all", "list", NULL, HAND_SAYS, "portwatch list" },
	{ "-[tulnpaeimoH46]", ASKS, "ss", HAND_SAYS, "portwatch list%l" },

	/* top, htop, ps. */
	{ "-d *", "top timewait", "top", HAND_SAYS, "%c -i %v" },
	{ "-d?*", "top timewait", "top", HAND_SAYS, "%c -i %v" },
	{ "-b", "top", "top", HAND_SAYS, "portwatch list" },
	{ "-n?*", "top", "top", HAND_SAYS, "portwatch list" },
	{ "--once", "top", NULL, HAND_SAYS, "portwatch list" },

	/* Everywhere. */
	{ "-version", NULL, NULL, HAND_OPTION, "--version" },
	{ "--Version", NULL, NULL, HAND_OPTION, "--version" },
	{ "-help", NULL, NULL, HAND_OPTION, "--help" },
	{ "-?", NULL, NULL, HAND_OPTION, "--help" },
	{ "-j", NULL, NULL, HAND_SAYS, "--json" },
	{ "--no-color", NULL, NULL, HAND_SAYS, "--color never" },
	{ "--no-colour", NULL, NULL, HAND_SAYS, "--color never" },
	{ "--wait", NULL, NULL, HAND_SAYS, "portwatch wait %p" },
	{ "--all", "who", NULL, HAND_SAYS, "portwatch %p -f --all" },
	{ "-SIGNAL", "who stream", "kill", HAND_SAYS, "portwatch free %w %p" },
	{},
};

static bool is_in(const char *list, const char *name)
{
	size_t len = name ? strlen(name) : 0;

	if (!list)
		return true;
	for (const char *at = list; len && (at = strstr(at, name)); at += len)
		if ((at == list || at[-1] == ' ') && (!at[len] || at[len] == ' '))
			return true;
	return false;
}

/* The word behind, if it is no option. */
static const char *value_behind(const struct hand_line *l, int at)
{
	const char *next = at + 1 < l->argc ? l->argv[at + 1] : NULL;

	return next && next[0] != '-' ? next : NULL;
}

static const char *first_port(const struct hand_line *l)
{
	for (int i = 1; i < l->argc; i++) {
		const char *word = l->argv[i];
		bool takes_next = false;

		if (l->parser && word[0] == '-' && opt_is_known(l->parser, word, &takes_next))
			i += takes_next;
		if (word[0] == '-' || !word[strcspn(word, "0123456789")])
			continue;
		if (word[0] == ':' || !strncmp(word, "*:", 2))
			word += strspn(word, "*:");
		return word;
	}
	return NULL;
}

static bool fits_letters(const char *typed, const char *word)
{
	size_t len = strcspn(typed + 2, "]");

	for (word++; *word; word++)
		if (!memchr(typed + 2, *word, len))
			return false;
	return true;
}

static bool fits(const struct hand_line *l, int at, const char *typed)
{
	const char *word = l->argv[at], *blank = strchr(typed, ' '), *value = value_behind(l, at);
	size_t len = strlen(typed);

	if (!strcmp(typed, "-SIGNAL"))
		return word[0] == '-' && first_port(l) &&
		       signame_parse(word + 1, strlen(word + 1)) > 0;
	if (!strncmp(typed, "-[", 2))
		return word[0] == '-' && fits_letters(typed, word);
	if (blank)
		return value && strlen(word) == (size_t)(blank - typed) &&
		       !strncmp(word, typed, blank - typed) &&
		       (blank[1] == '*' || !strcmp(blank + 1, value));
	if (len > 2 && !strcmp(typed + len - 2, "?*"))
		return !strncmp(word, typed, len - 2) && word[len - 2];
	if (typed[len - 1] == '*')
		return !strncmp(word, typed, len - 1);
	return !strcmp(word, typed);
}

static const struct hand *find(const struct hand_line *l, int at, bool command)
{
	for (const struct hand *h = hands; h->typed; h++)
		if (command == (h->does == HAND_COMMAND) && is_in(h->in, l->command) &&
		    fits(l, at, h->typed))
			return h;
	return NULL;
}

const char *hands_command(const struct hand_line *l, int at)
{
	const struct hand *h = find(l, at, true);

	return h ? h->text : NULL;
}

static void add_letters(struct strbuf *why, const char *letters)
{
	bool tcp = strchr(letters, 't'), udp = strchr(letters, 'u');

	if (strchr(letters, 'l'))
		strbuf_adds(why, " --listening");
	if (tcp != udp)
		strbuf_addf(why, " --proto %s", tcp ? "tcp" : "udp");
	if (strchr(letters, '4'))
		strbuf_adds(why, " -4");
	if (strchr(letters, '6'))
		strbuf_adds(why, " -6");
}

static void add_value(const struct hand_line *l, int at, const struct hand *h, struct strbuf *why)
{
	const char *attached = strstr(h->typed, "?*"), *value = value_behind(l, at);

	if (attached)
		value = l->argv[at] + (attached - h->typed);
	strbuf_adds(why, value ? value : "");
}

static void add_command(const char *command, struct strbuf *why)
{
	strbuf_adds(why, "portwatch");
	if (command && strcmp(command, "who") && strcmp(command, "stream"))
		strbuf_addf(why, " %s", command);
}

static void say(const struct hand_line *l, int at, const struct hand *h, struct strbuf *why)
{
	const char *word = l->argv[at], *port = first_port(l);

	if (h->tool)
		strbuf_addf(why, "'%s' belongs to %s; use: ", word, h->tool);
	else if (word[0] == '-')
		strbuf_addf(why, "unknown option '%s': did you mean ", word);
	else
		strbuf_addf(why, "'%s' is neither a port nor a command: did you mean ", word);
	for (const char *c = h->text; *c; c++) {
		if (*c != '%') {
			strbuf_addc(why, *c);
			continue;
		}
		switch (*++c) {
		case 'p':
			strbuf_adds(why, port ? port : "8000");
			break;
		case 'v':
			add_value(l, at, h, why);
			break;
		case 'w':
			strbuf_adds(why, word);
			break;
		case 'c':
			add_command(l->command, why);
			break;
		case 'l':
			add_letters(why, word);
			break;
		}
	}
	if (!h->tool)
		strbuf_adds(why, "?");
}

bool hands_explain(const struct hand_line *l, int at, struct strbuf *why)
{
	const struct hand *h = find(l, at, false);

	if (!h || h->does != HAND_SAYS)
		return false;
	say(l, at, h, why);
	return true;
}

/* An option that only another command has. */
static bool say_whose(const char *word, struct strbuf *why)
{
	const char *owner = names_with_option(word);

	if (owner)
		strbuf_addf(why, "'%.*s' is an option of %s (see portwatch %s --help)",
			    (int)strcspn(word, "="), word, owner, owner);
	return owner;
}

/* The long option of a hand that is nearer to the word than any of the command's own. */
static const struct hand *nearest_hand(const struct hand_line *l, struct guess *g)
{
	const struct hand *nearest = NULL;

	for (const struct hand *h = hands; h->typed; h++) {
		const char *before = g->best;

		if (strncmp(h->typed, "--", 2) || strpbrk(h->typed, "?*") ||
		    !is_in(h->in, l->command))
			continue;
		guess_offer(g, h->typed + 2);
		if (g->best != before)
			nearest = h;
	}
	return nearest;
}

/* At a slip: what a hand would have typed, or else another command's option. False: what is nearest
 * is an option of this command, which its parser offers, or nothing is near. */
static bool say_nearest(const struct hand_line *l, int at, const struct opt_parser *p,
			struct strbuf *why)
{
	const char *word = l->argv[at], *owner;
	struct guess g = { .word = word + 2, .len = strcspn(word, "=") - 2 };
	struct hand meant = {};
	const struct hand *h;

	if (strncmp(word, "--", 2))
		return false;
	opt_offer(p, &g);
	h = nearest_hand(l, &g);
	if (h && guess_best(&g) && h->does == HAND_SAYS) {
		/* Nobody's, as it was typed. */
		meant = *h;
		meant.tool = NULL;
		say(l, at, &meant, why);
		return true;
	}
	owner = g.best ? NULL : names_nearest_option(&g);
	if (!guess_best(&g) || (!h && !owner))
		return false;
	strbuf_addf(why, "unknown option '--%.*s': did you mean --%s", (int)g.len, g.word, g.best);
	if (owner)
		strbuf_addf(why, " of %s", owner);
	strbuf_adds(why, "?");
	return true;
}

int hands_read(const struct hand_line *l, const struct opt_parser *p, struct strbuf *why)
{
	int to = 1, i;

	for (i = 1; i < l->argc && strcmp(l->argv[i], "--"); i++) {
		char *word = l->argv[i];
		const struct hand *h = NULL;
		bool takes_next = false,
		     is_ours = word[0] != '-' || !word[1] || opt_is_known(p, word, &takes_next);

		if (!is_ours)
			h = find(l, i, false);
		if (!is_ours && !h && (say_whose(word, why) || say_nearest(l, i, p, why)))
			return -EINVAL;
		if (h && h->does == HAND_SAYS) {
			say(l, i, h, why);
			return -EINVAL;
		}
		if (h && h->does == HAND_OPTION)
			word = (char *)h->text;
		if (!h || h->does != HAND_NOTHING)
			l->argv[to++] = word;
		if (takes_next && i + 1 < l->argc)
			l->argv[to++] = l->argv[++i];
	}
	while (i < l->argc)
		l->argv[to++] = l->argv[i++];
	l->argv[to] = NULL;
	return to;
}
