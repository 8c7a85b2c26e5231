// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/operands.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/fail.h"
#include "cmd/hands.h"
#include "cmd/names.h"
#include "sys/proc.h"

/* Only of a word: nobody means a command by a number, or by an address. */
static bool is_word(const char *s)
{
	return *s && !strpbrk(s, ":/,[ \t\n") && strspn(s, "0123456789-+.") < strlen(s);
}

/* Write to `why` what may have been meant. False: nothing comes to mind. */
static bool explain(const struct hand_line *l, int at, struct strbuf *why)
{
	const char *word = l->argv[at], *nearest;

	if (!is_word(word))
		return false;
	if (hands_explain(l, at, why))
		return true;
	if (names_are_known(word)) {
		strbuf_addf(why, "'%s' is a command, and one at a time is enough", word);
		return true;
	}
	if (proc_runs(word)) {
		strbuf_addf(why, "'%s' is a process; use: portwatch list --comm %s", word, word);
		return true;
	}
	nearest = names_nearest(word);
	if (nearest)
		strbuf_addf(why, "'%s' is neither a port nor a command: did you mean %s?", word,
			    nearest);
	return nearest;
}

static int fail_word(const struct command *self, const struct opt_operands *o, size_t at,
		     const char *why)
{
	const struct hand_line l = { self->name, (int)o->nr_words + 1, o->words - 1, NULL };
	_cleanup_(strbuf_done) struct strbuf better = {};

	if (explain(&l, (int)at + 1, &better))
		return fail_hint(strbuf_str(&better));
	return fail_usage(self, why);
}

bool operands_read(const struct command *self, const struct opt_operands *o, struct filter *f,
		   int *ret_status)
{
	for (size_t i = 0; i < o->nr_words; i++) {
		_cleanup_(strbuf_done) struct strbuf why = {};
		int err = filter_add_ports(f, o->words[i], &why);

		if (!err) {
			/* For whoever says that nothing matches. */
			strbuf_addf(&f->said, "%s--port %s", f->said.len ? " " : "", o->words[i]);
			continue;
		}
		*ret_status = err == -EINVAL ? fail_word(self, o, i, strbuf_str(&why)) :
					       fail(err, "cannot read the arguments");
		return false;
	}
	return true;
}
