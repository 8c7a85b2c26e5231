// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/again.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/text.h"

#define MOST 160 /* two lines of a usual terminal */

#define UNSAID "sudo portwatch ..."

static char line[MOST + 1] = UNSAID;

static bool is_plain(const char *word)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				   "_./:,=@%+-";

	return *word && !word[strspn(word, safe)];
}

static void add_word(struct strbuf *out, const char *word)
{
	strbuf_adds(out, " ");
	if (is_plain(word)) {
		strbuf_adds(out, word);
		return;
	}
	strbuf_adds(out, "'");
	for (; *word; word++) {
		if (*word == '\'')
			strbuf_adds(out, "'\\''");
		else
			strbuf_addc(out, *word);
	}
	strbuf_adds(out, "'");
}

/* Whether a terminal takes it as it is: what would have to be escaped could not be typed again. */
static bool is_printable(const struct strbuf *text)
{
	_cleanup_(strbuf_done) struct strbuf safe = {};
	size_t more = 0; /* a backslash is escaped, too, and harmless */

	for (size_t i = 0; i < text->len; i++)
		more += text->s[i] == '\\' ? strlen("\\x5c") - 1 : 0;
	text_escape(&safe, text->s, text->len);
	return !strbuf_error(&safe) && safe.len == text->len + more;
}

void again_remember(const char *command, int argc, char **argv)
{
	_cleanup_(strbuf_done) struct strbuf out = {};

	strbuf_adds(&out, "sudo portwatch");
	if (command)
		add_word(&out, command);
	for (int i = 1; i < argc; i++)
		add_word(&out, argv[i]);
	snprintf(line, sizeof(line), "%s",
		 !strbuf_error(&out) && out.len <= MOST && is_printable(&out) ? strbuf_str(&out) :
										UNSAID);
}

const char *again_as_root(void)
{
	return line;
}
