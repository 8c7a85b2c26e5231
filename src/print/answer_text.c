// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/answer_text.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "model/unknown.h"
#include "print/answer_sums.h"
#include "print/answer_table.h"
#include "print/card_text.h"
#include "print/prose.h"
#include "print/verdict_text.h"

struct answer_text {
	struct sink sink;
	struct out_opts opts;
	FILE *out;
};

/* Whether to print cards: on a terminal, with all verdicts about a single port. */
static bool is_card(const struct answer_text *t, const struct answer *a, enum answer_view view)
{
	return view == VIEW_WHO && t->opts.width && !t->opts.as_table && a->nr_verdicts &&
	       a->verdicts[0].port == a->verdicts[a->nr_verdicts - 1].port;
}

static void add_sentences(struct strbuf *out, const struct answer_text *t, const struct answer *a,
			  enum answer_view view)
{
	for (size_t i = 0; view != VIEW_LIST && i < a->nr_verdicts; i++)
		if (view == VIEW_WAIT || t->opts.detailed ||
		    !verdict_text_is_idle(a, &a->verdicts[i]))
			verdict_text_add(out, a, &a->verdicts[i], view, &t->opts);
}

static void add_doubts(struct strbuf *out, const struct answer *a, const struct out_opts *opts)
{
	if (a->degraded)
		strbuf_adds(out, "degraded: the tracker has missed something, so the kernel's own "
				 "tables answered; see portwatch status\n");
	unknown_tell(out, a, opts->as_root, opts->detailed);
}

static int put_card(const struct answer_text *t, const struct answer *a)
{
	_cleanup_(strbuf_done) struct strbuf text = {};
	int err = card_text_add(&text, a, &t->opts);

	if (!err)
		err = prose_print(&text, t->out, &t->opts);
	if (!err && t->opts.detailed && a->nr_sockets) {
		fputc_unlocked('\n', t->out);
		err = answer_table_print(a, VIEW_WHO, &t->opts, t->out);
	}
	return err;
}

static int put_rows(const struct answer_text *t, const struct answer *a, enum answer_view view)
{
	_cleanup_(strbuf_done) struct strbuf text = {};
	int err = 0;

	add_sentences(&text, t, a, view);
	/* A person reads from above; a program has always had the rows first. */
	if (t->opts.width && view == VIEW_WHO && text.len) {
		strbuf_adds(&text, a->nr_sockets ? "\n" : "");
		err = prose_print(&text, t->out, &t->opts);
	}
	if (!err && view != VIEW_WAIT)
		err = answer_table_print(a, view, &t->opts, t->out);
	/* A closing line, which a program would take for a row. */
	if (t->opts.width && t->opts.header && view == VIEW_LIST && a->nr_sockets > 1)
		answer_sums_text(&text, a);
	return err ?: prose_print(&text, t->out, &t->opts);
}

static int answer(struct sink *s, const struct answer *a, enum answer_view view)
{
	struct answer_text *t = (struct answer_text *)s;
	_cleanup_(strbuf_done) struct strbuf doubts = {};
	int err = is_card(t, a, view) ? put_card(t, a) : put_rows(t, a, view);

	if (err)
		return err;
	add_doubts(&doubts, a, &t->opts);
	return prose_print(&doubts, t->out, &t->opts) ?: sink_flush(s);
}

static int flush(struct sink *s)
{
	struct answer_text *t = (struct answer_text *)s;

	errno = 0;
	return fflush_unlocked(t->out) ? errno ? -errno : -EIO : 0;
}

static void done(struct sink *s)
{
	free(s);
}

int answer_text_new(const struct out_opts *opts, FILE *out, struct sink **ret)
{
	static const struct sink_ops ops = { .answer = answer, .flush = flush, .free = done };
	struct answer_text *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->sink.ops = &ops;
	t->opts = *opts;
	t->out = out;
	*ret = &t->sink;
	return 0;
}
