// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/past_text.h"

#include <string.h>

#include "base/text.h"
#include "model/signame.h"
#include "print/text_parts.h"
#include "print/when.h"

static void add_words(struct strbuf *out, const struct past *p, size_t most)
{
	size_t len = text_cut(p->cmdline, p->cmdline_len, most), end;

	if (!p->cmdline)
		return;
	strbuf_adds(out, " `");
	for (size_t start = 0; start < len; start = end + 1) {
		for (end = start; end < len && p->cmdline[end]; end++)
			;
		text_escape(out, p->cmdline + start, end - start);
		if (end < len)
			strbuf_addc(out, ' ');
	}
	strbuf_adds(out, len < p->cmdline_len || p->cmdline_cut ? "…`" : "`");
}

void past_text_add(struct strbuf *out, const struct past *p, uint64_t now_ns, size_t most)
{
	char span[WHEN_AGO_LEN], name[SIGNAME_LEN];

	text_escape(out, p->id.comm, strnlen(p->id.comm, sizeof(p->id.comm)));
	strbuf_addf(out, " (pid %u)", p->id.tgid);
	add_words(out, p, most);
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
