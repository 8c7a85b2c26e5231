// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/free_signals.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/fail.h"
#include "model/signame.h"

int free_list_signals(const struct command *self, const struct opt_operands *o)
{
	_cleanup_(strbuf_done) struct strbuf text = {};
	char name[SIGNAME_LEN];

	for (size_t i = 0; i < o->nr_words; i++) {
		const char *word = o->words[i];
		int sig = signame_parse(word, strlen(word));

		if (sig < 0) {
			strbuf_reset(&text);
			strbuf_addf(&text, "no such signal: '%s'", word);
			return fail_usage(self, strbuf_str(&text));
		}
		if (isdigit((unsigned char)*word))
			strbuf_addf(&text, "%s\n", signame(sig, name));
		else
			strbuf_addf(&text, "%d\n", sig);
	}
	if (!o->nr_words)
		signame_list(&text);
	fputs(strbuf_str(&text), stdout);
	return fflush(stdout) ? fail_output(-errno) : EXIT_YES;
}
