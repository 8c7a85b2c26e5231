// SPDX-License-Identifier: GPL-2.0-or-later
#include "out/past_text.h"

#include <string.h>

#include "base/text.h"
#include "model/signame.h"
#include "out/text_parts.h"
#include "out/when.h"

#define SHOWN 60 /* bytes of a command line */

static void add_words(struct strbuf *out, const struct past *p)
{
	char words[SHOWN];
	size_t len = p->cmdline_len < SHOWN ? p->cmdline_len : SHOWN;

	if (!p->cmdline)
		return;
	memcpy(words, p->cmdline, len);
	for (size_t i = 0; i < len; i++)
		if (!words[i])
			words[i] = ' ';
	strbuf_adds(out, " `");
	text_escape(out, words, len);
	strbuf_adds(out, len < p->cmdline_len || p->cmdline_cut ? "…`" : "`");
}

void past_text_add(struct strbuf *out, const struct past *p, uint64_t now_ns)
{
	char span[WHEN_AGO_LEN], name[SIGNAME_LEN];

	text_escape(out, p->id.comm, strnlen(p->id.comm, sizeof(p->id.comm)));
	strbuf_addf(out, "[%u]", p->id.tgid);
	add_words(out, p);
	if (p->until_ns && p->until_ns <= now_ns) {
		when_span(now_ns - p->until_ns, span);
		strbuf_addf(out, " until %s ago", span);
	}
	switch (p->how) {
	case PAST_CLOSED:
		strbuf_adds(out, ", closed it");
		break;
	case PAST_EXITED:
		strbuf_addf(out, ", exited with %d", p->code);
		break;
	case PAST_KILLED:
		signame(p->code, name);
		strbuf_addf(out, ", killed by %s%s", *name < '0' || *name > '9' ? "SIG" : "signal ",
			    name);
		break;
	case PAST_PASSED:
		strbuf_adds(out, ", passed it on");
		break;
	}
}
