// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/free_parts.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "model/names.h"
#include "print/text_parts.h"

#define CMDLINE_SHOWN 60

void free_parts_seconds(struct strbuf *out, uint64_t ns)
{
	strbuf_addf(out, "%g s", (double)ns / NSEC_PER_SEC);
}

void free_parts_ms(struct strbuf *out, uint64_t ns)
{
	uint64_t tenths = (ns + NSEC_PER_MSEC / 20) / (NSEC_PER_MSEC / 10);

	if (tenths < 100)
		strbuf_addf(out, "%llu.%llu ms", (unsigned long long)tenths / 10,
			    (unsigned long long)tenths % 10);
	else
		strbuf_addf(out, "%llu ms", (unsigned long long)(tenths / 10));
}

void free_parts_count(struct strbuf *out, size_t n, const char *one, const char *many)
{
	strbuf_addu(out, n);
	strbuf_addc(out, ' ');
	strbuf_adds(out, n == 1 ? one : many);
}

void free_parts_process(struct strbuf *out, const struct process *p)
{
	text_parts_process(out, p->id.comm, p->pid ? p->pid : p->id.tgid);
}

static bool seen_before(const struct target *t, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (t->sockets[j].s.lport == t->sockets[i].s.lport &&
		    t->sockets[j].s.proto == t->sockets[i].s.proto)
			return true;
	return false;
}

void free_parts_ports(struct strbuf *out, const struct target *t)
{
	size_t start = out->len;

	for (size_t i = 0; i < t->nr_sockets; i++) {
		if (seen_before(t, i))
			continue;
		text_parts_comma(out, start);
		strbuf_addf(out, "%u/%s", t->sockets[i].s.lport,
			    names_proto(t->sockets[i].s.proto));
	}
	strbuf_adds(out, ": ");
}

void free_parts_cmdline(struct strbuf *out, const struct process *p, const char *before,
			const char *after)
{
	size_t len = text_cut(p->cmdline, p->cmdline_len, CMDLINE_SHOWN);

	if (!len)
		return;
	strbuf_adds(out, before);
	for (size_t i = 0; i < len; i++)
		strbuf_addc(out, p->cmdline[i] ? p->cmdline[i] : ' ');
	strbuf_adds(out, len < p->cmdline_len ? "..." : "");
	strbuf_adds(out, after);
}
