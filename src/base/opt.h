/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opt: option tables that give parsing, ranges and help text from one place.
 *
 * An option writes into a struct of the command at a given offset. Tables are
 * constant and shared: a command parses with an array of sets, each a table and the
 * struct it fills in (its own options, the filters, the global ones):
 *
 *	struct free_args { double grace; bool dry_run; bool help; };
 *
 *	static const struct opt free_opts[] = {
 *		OPT_SECONDS('t', "grace", struct free_args, grace, 0, 3600,
 *			    "SECONDS", "then KILL (default 3)"),
 *		OPT_FLAG('n', "dry-run", struct free_args, dry_run, "only show the plan"),
 *		OPT_END
 *	};
 *	…
 *	struct opt_set sets[] = {
 *		{ "Options", free_opts, &args },
 *		{ "Filters", filter_opts, &filter },
 *		{ "Everywhere", global_opts, &global },
 *	};
 *	struct opt_parser p = { .sets = sets, .nr_sets = ARRAY_SIZE(sets) };
 *	r = opt_parse(&p, argc, argv, &operands, &why);
 *
 * Understood: -x, -xyz, -xVALUE, -x VALUE, --long, --long=VALUE, --long VALUE, and
 * "--". Options and operands may be mixed. Long names are exact (scripts must not
 * break when an option is added). "-" and whatever begins otherwise are operands.
 * A later option overrides an earlier one; lists and counts add up.
 *
 * Nothing is printed here: errors are one sentence in `why`, without "portwatch:".
 */
#ifndef BASE_OPT_H
#define BASE_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

enum opt_kind {
	OPT_KIND_END,
	OPT_KIND_FLAG,	  /* bool: becomes true */
	OPT_KIND_CLEAR,	  /* bool: becomes false */
	OPT_KIND_STOP,	  /* bool: becomes true, and parsing ends (--help, --version) */
	OPT_KIND_COUNT,	  /* int: one more */
	OPT_KIND_STRING,  /* const char *: points into argv */
	OPT_KIND_LIST,	  /* struct opt_list: one more value */
	OPT_KIND_U16,	  /* uint16_t in [min, max] */
	OPT_KIND_U32,	  /* uint32_t in [min, max] */
	OPT_KIND_SECONDS, /* double in [min, max], see num_parse_seconds() */
	OPT_KIND_CHOICE,  /* int: index into choices */
	OPT_KIND_CALL,	  /* a function looks at the value */
};

struct opt_list {
	const char **values;
	size_t nr;
};

void opt_list_done(struct opt_list *l);

struct opt {
	enum opt_kind kind;
	char short_name;	    /* 0: none */
	const char *long_name;	    /* NULL: none */
	const char *value;	    /* the name of its value in the help, NULL: takes none */
	const char *help;	    /* NULL: hidden */
	size_t offset;		    /* into opt_set.base */
	uint64_t min, max;	    /* numbers (seconds: whole) */
	const char *const *choices; /* CHOICE: NULL-terminated */
	/* CALL: 0, or a negative errno with a sentence in `why`. value is NULL if
	 * the option takes none. */
	int (*call)(void *base, const struct opt *o, const char *value, struct strbuf *why);
	int tag; /* CALL: for the function's own use */
};

#define OPT_OFFSET_(type, member, want)                                                            \
	(offsetof(type, member) +                                                                  \
	 0 * sizeof(char[__builtin_types_compatible_p(__typeof__(((type *)0)->member), want) ?     \
				 1 :                                                               \
				 -1]))

#define OPT_(k, s, l, type, member, want, text, ...)                                               \
	{                                                                                          \
		.kind = OPT_KIND_##k, .short_name = (s), .long_name = (l), .help = (text),         \
		.offset = OPT_OFFSET_(type, member, want), ##__VA_ARGS__                           \
	}

#define OPT_FLAG(s, l, type, member, text) OPT_(FLAG, s, l, type, member, bool, text)
#define OPT_CLEAR(s, l, type, member, text) OPT_(CLEAR, s, l, type, member, bool, text)
#define OPT_STOP(s, l, type, member, text) OPT_(STOP, s, l, type, member, bool, text)
#define OPT_COUNT(s, l, type, member, text) OPT_(COUNT, s, l, type, member, int, text)
#define OPT_STRING(s, l, type, member, name, text)                                                 \
	OPT_(STRING, s, l, type, member, const char *, text, .value = (name))
#define OPT_LIST(s, l, type, member, name, text)                                                   \
	OPT_(LIST, s, l, type, member, struct opt_list, text, .value = (name))
#define OPT_U16(s, l, type, member, lo, hi, name, text)                                            \
	OPT_(U16, s, l, type, member, uint16_t, text, .value = (name), .min = (lo), .max = (hi))
#define OPT_U32(s, l, type, member, lo, hi, name, text)                                            \
	OPT_(U32, s, l, type, member, uint32_t, text, .value = (name), .min = (lo), .max = (hi))
#define OPT_SECONDS(s, l, type, member, lo, hi, name, text)                                        \
	OPT_(SECONDS, s, l, type, member, double, text, .value = (name), .min = (lo), .max = (hi))
/* The member is an int and becomes the index in `list`. */
#define OPT_CHOICE(s, l, type, member, list, name, text)                                           \
	OPT_(CHOICE, s, l, type, member, int, text, .value = (name), .choices = (list))
/* name NULL: the option takes no value. */
#define OPT_CALL(s, l, fn, number, name, text)                                                     \
	{                                                                                          \
		.kind = OPT_KIND_CALL, .short_name = (s), .long_name = (l), .value = (name),       \
		.call = (fn), .tag = (number), .help = (text)                                      \
	}
#define OPT_END                                                                                    \
	{                                                                                          \
		.kind = OPT_KIND_END                                                               \
	}

struct opt_set {
	const char *title; /* heading in the help */
	const struct opt *opts;
	void *base;
};

struct opt_parser {
	const struct opt_set *sets; /* the first set that knows an option gets it */
	size_t nr_sets;
	/* A word "-…" with a letter no set knows, before anything of it is applied
	 * (fuser's -TERM, -9). 1: taken, 0: unknown option, or a negative errno
	 * with a sentence in `why`. NULL: every such word is an error. */
	int (*unknown)(void *arg, const char *word, struct strbuf *why);
	void *arg;
	bool keep_rest; /* what follows "--" is not an operand but opt_operands.rest */
};

/* Both point into argv, which is reordered; both are NULL-terminated. */
struct opt_operands {
	char **words;
	size_t nr_words;
	char **rest; /* with keep_rest and "--"; else NULL */
	size_t nr_rest;
};

/* argv[0] is the command and skipped. 0; -EINVAL: wrong usage, with a sentence in
 * `why`; another negative errno. With an option of kind STOP: 0 at once, the
 * words behind it not looked at. */
int opt_parse(const struct opt_parser *p, int argc, char **argv, struct opt_operands *ret,
	      struct strbuf *why);

/* Is this word "-..." an option of these sets? Does it take the next word as its value? */
bool opt_is_known(const struct opt_parser *p, const char *word, bool *ret_takes_next);

struct guess;

/* Offer the long name of every option, for "did you mean". */
void opt_offer(const struct opt_parser *p, struct guess *g);

/* The parts of `--help`. It prints examples, usage, about and the options by set, `width` columns
 * wide at most (0: a usual screen). Of the last set, which all commands share, it prints the names
 * alone if the whole would not fit a screen. */
struct opt_usage {
	const char *const *examples; /* NULL-terminated;
				      * each "COMMAND\twhat it does" */
	const char *synopsis;	     /* "portwatch free [OPTION…] PORT… [-- COMMAND…]" */
	const char *about;	     /* a sentence or a few lines */
};

void opt_help(struct strbuf *out, const struct opt_usage *u, const struct opt_set *sets,
	      size_t nr_sets, unsigned int width);

/*
 * Write the options for the programs that make manual pages and completions, so that these cannot
 *say anything else. Fields are divided by tabs; hidden options are left out:
 *
 *	synopsis	TEXT
 *	example		COMMAND		TEXT
 *	option		SET	-s	--long	VALUE	CHOICES (divided by blanks)	TEXT
 */
void opt_table(struct strbuf *out, const struct opt_usage *u, const struct opt_set *sets,
	       size_t nr_sets);

#endif
