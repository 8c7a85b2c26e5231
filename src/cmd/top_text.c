// SPDX-License-Identifier: GPL-2.0-or-later
/* The views that are text: a port in detail, and TIME-WAIT. They are what `who`, `stream` and
 * `timewait` print, put into a buffer. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "cmd/top.h"
#include "flow/ask.h"
#include "flow/lookup.h"
#include "model/names.h"
#include "print/churn_print.h"
#include "print/color.h"
#include "print/past_text.h"
#include "print/text_parts.h"
#include "print/when.h"

#define MAX_EVENTS 500 /* lines kept */
#define SHARE 100      /* one percent, while one looks at it */

int top_port_filter(const struct board_key *key, struct filter *ret)
{
	_cleanup_(strbuf_done) struct strbuf why = {};
	char port[16];
	int err;

	*ret = (struct filter){ .lookup = lookup_system };
	snprintf(port, sizeof(port), "%u/%s", key->port, names_proto(key->proto));
	err = filter_add(ret, FILTER_PORT, port, &why);
	return err ? err : filter_add_netns(ret, key->netns);
}

static struct out_opts out_opts(const struct top *t)
{
	struct out_opts out = t->out;

	out.width = (unsigned int)t->tui.width;
	out.as_table = true;
	return out;
}

static void add_heading(struct strbuf *s, const char *text)
{
	strbuf_addf(s, "\n" COLOR_BOLD "%s" COLOR_RESET "\n", text);
}

static void add_raw(struct strbuf *s, const struct strbuf *raw)
{
	text_escape(s, raw->s, raw->len);
}

/* Add the line of a process, with what the table has no room for. */
static void add_process(struct strbuf *s, const struct process *p, uint64_t now_ns)
{
	_cleanup_(strbuf_done) struct strbuf raw = {};
	char span[WHEN_AGO_LEN];

	strbuf_adds(&raw, "  ");
	text_parts_process(&raw, p->id.comm, p->pid ? p->pid : p->id.tgid);
	if (p->user)
		strbuf_addf(&raw, " of %s", p->user);
	if (p->id.start_ns && p->id.start_ns <= now_ns) {
		when_span(now_ns - p->id.start_ns, span);
		strbuf_addf(&raw, ", started %s ago", span);
	}
	if (p->unit)
		strbuf_addf(&raw, ", unit %s", p->unit);
	if (p->container)
		strbuf_addf(&raw, ", container %s", p->container);
	if (p->cmdline && p->cmdline_len) {
		strbuf_adds(&raw, ": ");
		for (size_t i = 0; i < p->cmdline_len; i++)
			strbuf_addc(&raw, p->cmdline[i] ? p->cmdline[i] : ' ');
	}
	add_raw(s, &raw);
	strbuf_addc(s, '\n');
}

static void add_processes(struct strbuf *s, const struct answer *a)
{
	_cleanup_free_ bool *done = calloc(a->nr_processes + 1, sizeof(*done));
	bool any = false;

	for (size_t i = 0; done && i < a->nr_sockets; i++)
		for (size_t k = 0; k < a->sockets[i].nr_holders; k++) {
			size_t p = a->sockets[i].holders[k].process;

			if (done[p])
				continue;
			done[p] = true;
			if (!any)
				add_heading(s, "Processes");
			any = true;
			add_process(s, &a->processes[p], a->time_ns);
		}
}

/* `who` leaves it out for a port that somebody holds; else it has printed it already. */
static void add_history(struct strbuf *s, const struct answer *a)
{
	const struct verdict *v = a->nr_verdicts ? &a->verdicts[0] : NULL;

	if (!a->nr_pasts || !v ||
	    (v->why != WHY_HELD && v->why != WHY_BOUND && v->why != WHY_KERNEL))
		return;
	add_heading(s, "Before that");
	for (size_t i = 0; i < a->nr_pasts; i++) {
		strbuf_adds(s, "  ");
		past_text_add(s, &a->pasts[i], a->time_ns, PAST_TEXT_WORDS);
		strbuf_addc(s, '\n');
	}
}

/* Add the text of `who`, printed by its own code. */
static int add_who(struct strbuf *s, const struct answer *a, const struct out_opts *out)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_(sink_free_p) struct sink *sink = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	int err;

	if (!f)
		return -ENOMEM;
	err = sink_new_answer(out, f, &sink);
	if (!err)
		err = sink_answer(sink, a, VIEW_WHO);
	if (fclose(f) && !err)
		err = -ENOMEM;
	if (!err)
		strbuf_add(s, text, size);
	return err;
}

static int detail_text(struct top *t)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(filter_done) struct filter f = {};
	_cleanup_(strbuf_done) struct strbuf s = {};
	struct out_opts out = out_opts(t);
	int err = top_port_filter(&t->tui.subject, &f);

	answer_init(&a);
	pace_begin(&t->detail.pace);
	if (!err)
		err = ask(t->tracker, &f, false, &a);
	if (!err)
		err = add_who(&s, &a, &out);
	pace_end(&t->detail.pace, t->interval_ns, SHARE);
	if (err)
		return err;
	add_processes(&s, &a);
	add_history(&s, &a);
	add_heading(&s, "Events");
	if (!t->detail.nr_events)
		strbuf_adds(&s, "  none yet\n");
	strbuf_add(&s, t->detail.events.s, t->detail.events.len);
	return tui_set_text(&t->tui, &s);
}

/* Add the tables of TIME-WAIT, or the table of one view. */
static int add_churn(struct strbuf *s, const struct top *t, enum churn_view view)
{
	_cleanup_free_ char *text = NULL;
	uint64_t at = t->churn.query.time_ns, old = at ? clock_boot_ns() - at : 0;
	struct churn_print_opts how = { .view = view, .age_s = (uint32_t)(old / NSEC_PER_SEC) };
	struct out_opts out = out_opts(t);
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);
	int err;

	if (!f)
		return -ENOMEM;
	/* A table by itself is shown whole: the pane can be scrolled. */
	out.detailed = view != CHURN_ALL;
	err = churn_text(&t->churn, &how, &out, f);
	if (fclose(f) && !err)
		err = -ENOMEM;
	strbuf_add(s, text, err ? 0 : size);
	return err;
}

static size_t count_lines(const struct strbuf *s)
{
	size_t nr = 0;

	for (size_t i = 0; i < s->len; i++)
		nr += s->s[i] == '\n';
	return nr;
}

static int timewait_text(struct top *t)
{
	_cleanup_(strbuf_done) struct strbuf s = {};
	int err = add_churn(&s, t, CHURN_ALL);

	t->tui.all_tables = count_lines(&s) <= tui_room(&t->tui);
	if (!err && !t->tui.all_tables) {
		strbuf_reset(&s);
		err = add_churn(&s, t, (enum churn_view)t->tui.by);
	}
	return err ? err : tui_set_text(&t->tui, &s);
}

int top_text(struct top *t)
{
	switch (t->tui.view) {
	case TUI_DETAIL:
		return detail_text(t);
	case TUI_TIMEWAIT:
		return timewait_text(t);
	default:
		return 0;
	}
}

int top_text_open(struct top *t)
{
	_cleanup_(filter_done) struct filter f = {};
	struct top_detail *d = &t->detail;
	struct out_opts out = out_opts(t);
	struct pw_filter wanted;
	struct reader_opts opts = { .filter = &wanted, .ring_bytes = 1 << 20 };
	int err;

	top_text_close(t);
	err = top_port_filter(&t->tui.subject, &f);
	if (err)
		return err;
	filter_to_kernel(&f, &wanted);
	err = top_hears(t) ? reader_new(t->tracker, &opts, &d->reader) : 0;
	if (err)
		return err;
	out.header = false;
	out.width = 0; /* the pane wraps them */
	d->blame.tracker = t->tracker;
	d->out = open_memstream(&d->line, &d->line_size);
	return d->out ? sink_new_events(&out, d->out, &d->sink) : -ENOMEM;
}

void top_text_close(struct top *t)
{
	struct top_detail *d = &t->detail;

	d->reader = reader_free(d->reader);
	d->sink = d->sink ? sink_free(d->sink) : NULL;
	if (d->out)
		fclose(d->out);
	free(d->line);
	strbuf_done(&d->events);
	blame_done(&d->blame);
	*d = (struct top_detail){};
}

/* The oldest lines go, a half of them at once. */
static void forget_old(struct top_detail *d)
{
	const char *s = strbuf_str(&d->events);

	for (size_t i = 0; i < MAX_EVENTS / 2; i++)
		s = strchr(s, '\n') + 1;
	d->events.len -= (size_t)(s - d->events.s);
	memmove(d->events.s, s, d->events.len);
	d->nr_events -= MAX_EVENTS / 2;
}

static int on_event(void *arg, const struct pw_event *ev)
{
	struct top *t = arg;
	struct top_detail *d = &t->detail;
	struct event_extra extra = {};
	int err;

	/* The kernel lets through ports that it has yet to choose. */
	if (ev->kind != PW_EV_LOST &&
	    (ev->lport != t->tui.subject.port || ev->proto != t->tui.subject.proto ||
	     ev->netns != t->tui.subject.netns))
		return 0;
	blame_ask(&d->blame, ev, &extra);
	rewind(d->out);
	err = sink_event(d->sink, ev, &extra);
	if (!err)
		err = sink_flush(d->sink);
	if (err)
		return err;
	strbuf_add(&d->events, d->line, d->line_size);
	if (strbuf_error(&d->events))
		return -ENOMEM;
	if (++d->nr_events == MAX_EVENTS)
		forget_old(d);
	return 0;
}

int top_text_drain(struct top *t)
{
	size_t before = t->detail.nr_events;
	int n;

	if (!t->detail.reader)
		return 0;
	n = reader_drain(t->detail.reader, on_event, t);
	if (n < 0)
		return n;
	return t->detail.nr_events != before;
}
