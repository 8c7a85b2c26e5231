// SPDX-License-Identifier: GPL-2.0-or-later
/* The rules: parsed, asked and counted. */

#include <err.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "refuse.h"

/* ENOTSUPP, include/linux/errno.h: the kernel's own, which no C library names. */
#define KERNEL_ENOTSUPP 524
#define LAST_ERRNO 4095 /* MAX_ERRNO, include/linux/err.h */
#define MAX_RULES 64
#define WHAT_SIZE 4200

static struct rule {
	const char *what;
	unsigned int about;
	int error;
	unsigned long hits;
} rules[MAX_RULES];
static size_t nr_rules;
bool rules_verbose;

/* Words that are a whole rule, or with a colon at the end those that begin one. */
static const struct kind {
	const char *word;
	unsigned int about;
	int error;
} kinds[] = {
	{ "bpf", ABOUT_BPF, EPERM },
	{ "cmd:", ABOUT_BPF, EPERM },
	{ "map:", ABOUT_BPF, EPERM },
	{ "prog:", ABOUT_BPF, EPERM },
	{ "type:", ABOUT_BPF, EPERM },
	{ "btf", ABOUT_OPEN, ENOENT },
	{ "tracefs", ABOUT_OPEN | ABOUT_MKDIR, EACCES },
	{ "open:", ABOUT_OPEN, EACCES },
	{ "readlink:", ABOUT_READLINK, EACCES },
	{ "sock_diag", ABOUT_SOCKET, EPROTONOSUPPORT },
	{ "perf", ABOUT_OTHERS, EACCES },
	{ "setns", ABOUT_OTHERS, EPERM },
	{ "unshare", ABOUT_OTHERS, EPERM },
	{ "mount", ABOUT_OTHERS, EPERM },
	{ "pidfd_open", ABOUT_OTHERS, EPERM },
	{ "pidfd_getfd", ABOUT_OTHERS, EPERM },
	{ "kcmp", ABOUT_OTHERS, EPERM },
};

static const struct kind *kind_of(const char *what)
{
	static const struct kind program = { "", ABOUT_BPF, EPERM };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t length = strlen(kinds[i].word);

		if (kinds[i].word[length - 1] == ':' ? !strncmp(what, kinds[i].word, length) :
						       !strcmp(what, kinds[i].word))
			return &kinds[i];
	}
	return name_is_prog(what) ? &program : NULL;
}

static bool number(const char *text, unsigned long *ret)
{
	char *end;

	*ret = strtoul(text, &end, 10);
	return *text && !*end;
}

static int error_by_name(const char *name)
{
	unsigned long n;

	if (number(name, &n) && n && n <= LAST_ERRNO)
		return (int)n;
	if (!strcmp(name, "ENOTSUPP"))
		return KERNEL_ENOTSUPP;
	if (!strcmp(name, "EOPNOTSUPP"))
		return EOPNOTSUPP;
	for (int e = 1; e < KERNEL_ENOTSUPP; e++)
		if (strerrorname_np(e) && !strcmp(strerrorname_np(e), name))
			return e;
	errx(125, "no such error: %s", name);
}

/* A command or a map type by its number, to its name. A name must be known, a pattern must match
 * one. */
static const char *named(const char *what, const char *prefix, const char *(*name)(unsigned long))
{
	const char *rest = what + strlen(prefix);
	unsigned long n;
	char *full;

	if (number(rest, &n)) {
		if (asprintf(&full, "%s%s", prefix, name(n)) < 0)
			err(125, NULL);
		return full;
	}
	for (n = 0; name(n)[0] < '0' || name(n)[0] > '9'; n++)
		if (!fnmatch(rest, name(n), 0))
			return what;
	errx(125, "no such rule: %s", what);
}

static void rule_add(char *text)
{
	char *error = strchr(text, '=');
	const struct kind *kind;
	struct rule *r = &rules[nr_rules++];

	if (nr_rules > MAX_RULES)
		errx(125, "more than %d rules", MAX_RULES);
	if (error)
		*error++ = '\0';
	kind = kind_of(text);
	if (!kind)
		errx(125, "no such rule: %s", text);
	r->what = text;
	if (!strcmp(kind->word, "cmd:"))
		r->what = named(text, kind->word, name_cmd);
	else if (!strcmp(kind->word, "map:"))
		r->what = named(text, kind->word, name_map);
	r->about = kind->about;
	r->error = error ? error_by_name(error) : kind->error;
}

void rules_parse(char *list)
{
	char *state;

	for (char *text = strtok_r(list, ",", &state); text; text = strtok_r(NULL, ",", &state))
		rule_add(text);
	if (!nr_rules)
		errx(125, "no rule");
}

unsigned int rules_about(void)
{
	unsigned int about = 0;

	for (size_t i = 0; i < nr_rules; i++)
		about |= rules[i].about;
	return about;
}

bool rules_have(const char *prefix)
{
	for (size_t i = 0; i < nr_rules; i++)
		if (!strncmp(rules[i].what, prefix, strlen(prefix)))
			return true;
	return false;
}

int rules_ask(const char *format, ...)
{
	char what[WHAT_SIZE];
	va_list args;
	int error = 0;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	for (size_t i = 0; i < nr_rules; i++) {
		if (fnmatch(rules[i].what, what, 0))
			continue;
		rules[i].hits++;
		if (!error)
			error = rules[i].error;
	}
	if (error && rules_verbose)
		warnx("%s: %s", what, strerror(error));
	return error;
}

void rules_write(FILE *f)
{
	for (size_t i = 0; i < nr_rules; i++)
		fprintf(f, "%s %lu\n", rules[i].what, rules[i].hits);
}

bool rules_all_hit(void)
{
	bool all = true;

	for (size_t i = 0; i < nr_rules; i++) {
		if (rules[i].hits)
			continue;
		warnx("nothing ran into %s", rules[i].what);
		all = false;
	}
	return all;
}
