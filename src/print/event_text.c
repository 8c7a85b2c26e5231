// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/event_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "base/wrap.h"
#include "model/names.h"
#include "print/color.h"
#include "print/failure_text.h"
#include "print/text_parts.h"
#include "print/when.h"

#define GAP 2
#define WIDE 120      /* columns of a terminal that has room for all of it */
#define TIME_OF_DAY 8 /* "12:00:00" */

/* The columns that are padded; time comes before, details behind. */
enum { EVENT, PROTO, LOCAL, REMOTE, PROCESS, COLUMNS };

static const char *const titles[COLUMNS] = { "EVENT", "PROTO", "LOCAL", "REMOTE", "PROCESS" };

struct event_text {
	struct sink sink;
	struct out_opts opts;
	FILE *out;
	struct when when;
	struct strbuf line, piece, wrapped;
	size_t width[COLUMNS]; /* the widest shown so far */
	bool compact; /* the terminal is narrow: seconds, and no protocol where it is TCP */
	bool begun;
	int error;
	uint64_t counts[PW_EV_MAX], lost;
};

static void put_line(struct event_text *e)
{
	struct strbuf *line = &e->line;

	strbuf_addc(line, '\n');
	if (e->opts.width) {
		strbuf_reset(&e->wrapped);
		wrap_add(&e->wrapped, strbuf_str(line), strbuf_len(line), e->opts.width);
		e->wrapped.failed |= line->failed;
		line = &e->wrapped;
	}
	if (!e->error && strbuf_error(line))
		e->error = -ENOMEM;
	errno = 0;
	if (!e->error && fwrite_unlocked(line->s, 1, line->len, e->out) != line->len)
		e->error = errno ? -errno : -EIO;
	strbuf_reset(&e->line);
}

/* Adds the piece at hand as the next column, escaped; "-" for an empty one. */
static void put_column(struct event_text *e, int column, const char *color)
{
	size_t start, width;

	if (e->compact && column == PROTO) {
		strbuf_reset(&e->piece);
		return;
	}
	if (color)
		strbuf_adds(&e->line, color);
	start = e->line.len;
	if (e->piece.len)
		text_escape(&e->line, e->piece.s, e->piece.len);
	else
		strbuf_addc(&e->line, '-');
	if (e->line.failed)
		return;
	width = text_width(e->line.s + start, e->line.len - start);
	if (color)
		strbuf_adds(&e->line, COLOR_RESET);
	if (width > e->width[column])
		e->width[column] = width;
	strbuf_addn(&e->line, ' ', e->width[column] - width + GAP);
	strbuf_reset(&e->piece);
}

static void put_word(struct event_text *e, int column, const char *word, const char *color)
{
	strbuf_adds(&e->piece, word);
	put_column(e, column, color);
}

static void begin(struct event_text *e)
{
	size_t i;

	e->begun = true;
	if (!e->opts.header)
		return;
	if (e->opts.color)
		strbuf_adds(&e->line, COLOR_BOLD);
	strbuf_addf(&e->line, "%-*s", (e->compact ? TIME_OF_DAY : WHEN_LOCAL_LEN - 1) + GAP,
		    "TIME");
	for (i = 0; i < COLUMNS; i++)
		put_word(e, (int)i, titles[i], NULL);
	strbuf_adds(&e->line, "DETAILS");
	if (e->opts.color)
		strbuf_adds(&e->line, COLOR_RESET);
	put_line(e);
}

static void put_time(struct event_text *e, uint64_t time_ns)
{
	char buf[WHEN_LOCAL_LEN];
	size_t len = when_local(&e->when, time_ns, buf);

	if (e->compact && len > TIME_OF_DAY)
		len = TIME_OF_DAY;
	strbuf_add(&e->line, buf, len);
	strbuf_addn(&e->line, ' ', GAP);
}

static const char *device_of(const struct event_text *e, const struct pw_event *ev,
			     char number[PW_DEVICE_LEN])
{
	const char *name = NULL;

	if (!ev->ifindex)
		return NULL;
	if (e->opts.device_name)
		name = e->opts.device_name(ev->netns, ev->ifindex);
	snprintf(number, PW_DEVICE_LEN, "%" PRIu32, ev->ifindex);
	return name ?: number;
}

static void put_endpoint(struct event_text *e, int column, const struct pw_event *ev,
			 const struct pw_addr *a, uint16_t port)
{
	char number[PW_DEVICE_LEN];

	/* An address that nobody has set: "-" rather than 0.0.0.0:*. */
	if (port || !addr_is_any(ev->family, a))
		text_parts_bound(&e->piece, e->opts.names, ev->proto, ev->family, a, port,
				 a == &ev->laddr ? device_of(e, ev, number) : NULL);
	put_column(e, column, NULL);
}

static void add_flag(struct strbuf *out, bool set, const char *word)
{
	if (set) {
		text_parts_comma(out, 0);
		strbuf_adds(out, word);
	}
}

static void add_peer(struct strbuf *out, const struct pw_event *ev, const struct event_extra *x)
{
	text_parts_comma(out, 0);
	strbuf_adds(out, ev->kind == PW_EV_ACCEPT ? "from " : "to ");
	text_parts_process(out, x->peer->comm, x->peer->tgid);
	if (x->peer_inferred)
		strbuf_adds(out, " (inferred)");
}

static void add_options(struct strbuf *out, const struct pw_event *ev, bool detailed)
{
	add_flag(out, ev->family == PW_INET6 && ev->flags & PW_EF_V6ONLY, "v6only");
	add_flag(out, ev->flags & PW_EF_REUSEPORT, "reuseport");
	add_flag(out, detailed && ev->flags & PW_EF_REUSEADDR, "reuseaddr");
}

/* Through which descriptor, and by which thread unless it is the first. */
static void add_caller(struct strbuf *out, const struct pw_event *ev, const struct event_extra *x)
{
	if (x->nr_fds) {
		text_parts_comma(out, 0);
		strbuf_addf(out, "descriptor %" PRIu32, x->fds[0]);
	}
	if (event_is_call(ev->kind) && ev->thread && ev->thread != ev->actor.tgid) {
		text_parts_comma(out, 0);
		strbuf_addf(out, "by thread %" PRIu64, (uint64_t)ev->thread);
	}
}

static void add_details(struct event_text *e, const struct pw_event *ev,
			const struct event_extra *x)
{
	struct strbuf *out = &e->piece;
	char span[WHEN_AGO_LEN];

	add_flag(out, e->compact && ev->proto != PW_TCP, names_proto(ev->proto));
	switch (ev->kind) {
	case PW_EV_LISTEN:
		text_parts_comma(out, 0);
		strbuf_addf(out, "backlog %" PRIu32, ev->backlog);
		break;
	case PW_EV_BIND_FAILED:
		failure_text(out, ev, x);
		break;
	case PW_EV_STATE:
		strbuf_addf(out, e->opts.ascii ? "%s -> %s" : "%s → %s", names_state(ev->old_state),
			    names_state(ev->new_state));
		break;
	case PW_EV_CLOSE:
		if (ev->age_ns) {
			when_span(ev->age_ns, span);
			text_parts_comma(out, 0);
			strbuf_addf(out, "after %s", span);
		}
		break;
	}
	if (ev->kind == PW_EV_BIND || ev->kind == PW_EV_LISTEN)
		add_options(out, ev, e->opts.detailed);
	if (e->opts.detailed && x->peer)
		add_peer(out, ev, x);
	if (e->opts.detailed)
		add_caller(out, ev, x);
	add_flag(out, ev->actor.tgid && ev->flags & PW_EF_INFERRED, "process inferred");
	add_flag(out, ev->kind == PW_EV_TIMEWAIT_END && ev->flags & PW_EF_REUSED,
		 "reused by a new connection");
	add_flag(out, ev->flags & PW_EF_ESTIMATED, "estimated");
	if (e->opts.netns && ev->netns && ev->netns != e->opts.netns) {
		text_parts_comma(out, 0);
		strbuf_adds(out, "netns ");
		text_parts_netns(out, e->opts.netns_name, ev->netns);
	}
}

/* Nothing behind the last column, no blanks either. */
static void put_details(struct event_text *e, const char *color)
{
	bool below = e->opts.width && e->piece.len &&
		     wrap_width(e->line.s, e->line.len) + text_width(e->piece.s, e->piece.len) >
			     e->opts.width;

	while (e->line.len && e->line.s[e->line.len - 1] == ' ' && (!e->piece.len || below))
		e->line.len--;
	if (below) {
		strbuf_addc(&e->line, '\n');
		strbuf_addn(&e->line, ' ', TIME_OF_DAY + GAP);
	}
	if (color && e->piece.len)
		strbuf_adds(&e->line, color);
	text_escape(&e->line, e->piece.s, e->piece.len);
	if (color && e->piece.len)
		strbuf_adds(&e->line, COLOR_RESET);
	strbuf_reset(&e->piece);
}

/* Must not be overlooked, and must not be taken for an event. */
static void put_lost(struct event_text *e, const struct pw_event *ev)
{
	e->lost += ev->age_ns;
	if (e->opts.color)
		strbuf_adds(&e->line, COLOR_RED COLOR_BOLD);
	put_time(e, ev->time_ns);
	strbuf_adds(&e->line, "lost  *** ");
	strbuf_addu(&e->line, ev->age_ns);
	strbuf_adds(&e->line, ev->age_ns == 1 ? " event" : " events");
	strbuf_adds(&e->line, " lost here: they came faster than they could be shown ***");
	if (e->opts.color)
		strbuf_adds(&e->line, COLOR_RESET);
	put_line(e);
}

static int event(struct sink *s, const struct pw_event *ev, const struct event_extra *x)
{
	struct event_text *e = (struct event_text *)s;
	bool color = e->opts.color;

	if (!e->begun)
		begin(e);
	if (ev->kind == PW_EV_LOST) {
		put_lost(e, ev);
		return e->error;
	}
	e->counts[ev->kind < PW_EV_MAX ? ev->kind : 0]++;
	put_time(e, ev->time_ns);
	put_word(e, EVENT, names_event(ev->kind), color ? color_event(ev->kind) : NULL);
	put_word(e, PROTO, names_proto(ev->proto), NULL);
	put_endpoint(e, LOCAL, ev, &ev->laddr, ev->lport);
	put_endpoint(e, REMOTE, ev, &ev->raddr, ev->rport);
	if (ev->actor.tgid)
		text_parts_process(&e->piece, ev->actor.comm, ev->actor.tgid);
	put_column(e, PROCESS, color && ev->actor.tgid ? COLOR_BOLD : NULL);
	add_details(e, ev, x);
	put_details(e, color && ev->kind == PW_EV_STATE ? color_state(ev->new_state) : NULL);
	put_line(e);
	return e->error;
}

static int flush(struct sink *s)
{
	struct event_text *e = (struct event_text *)s;

	if (!e->begun)
		begin(e);
	errno = 0;
	if (fflush_unlocked(e->out) && !e->error)
		e->error = errno ? -errno : -EIO;
	return e->error;
}

static int end(struct sink *s, uint64_t elapsed_ns)
{
	struct event_text *e = (struct event_text *)s;
	char span[WHEN_AGO_LEN];
	uint64_t total = 0;
	size_t i, start;

	if (!e->opts.header)
		return flush(s);
	if (!e->begun)
		begin(e);
	for (i = 0; i < PW_EV_MAX; i++)
		total += e->counts[i];
	when_span(elapsed_ns, span);
	strbuf_addf(&e->line, "%" PRIu64 " event%s in %s%s", total, total == 1 ? "" : "s", span,
		    total ? ": " : "");
	start = e->line.len;
	for (i = 0; i < PW_EV_MAX; i++) {
		if (e->counts[i]) {
			text_parts_comma(&e->line, start);
			strbuf_addf(&e->line, "%" PRIu64 " %s", e->counts[i],
				    names_event((uint8_t)i));
		}
	}
	if (e->lost)
		strbuf_addf(&e->line, "; %" PRIu64 " lost", e->lost);
	else
		strbuf_adds(&e->line, "; none lost");
	put_line(e);
	return flush(s);
}

static void set_clock(struct sink *s, int64_t boot_to_real)
{
	when_set(&((struct event_text *)s)->when, boot_to_real);
}

static void done(struct sink *s)
{
	struct event_text *e = (struct event_text *)s;

	strbuf_done(&e->line);
	strbuf_done(&e->piece);
	strbuf_done(&e->wrapped);
	free(e);
}

int event_text_new(const struct out_opts *opts, FILE *out, struct sink **ret)
{
	static const struct sink_ops ops = {
		.event = event,
		.flush = flush,
		.end = end,
		.set_clock = set_clock,
		.free = done,
	};
	/* Wide enough for what is usual, so that the first lines are aligned, too. */
	static const size_t wide[COLUMNS] = { 12, 5, 21, 21, 16 };
	static const size_t narrow[COLUMNS] = { 11, 0, 14, 15, 13 };
	struct event_text *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->sink.ops = &ops;
	e->sink.shows_more = opts->detailed;
	e->opts = *opts;
	e->out = out;
	e->compact = opts->width && opts->width < WIDE;
	memcpy(e->width, e->compact ? narrow : wide, sizeof(wide));
	when_init(&e->when, opts->boot_to_real);
	*ret = &e->sink;
	return 0;
}
