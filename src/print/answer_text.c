// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/answer_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "model/names.h"
#include "model/unknown.h"
#include "print/color.h"
#include "print/past_text.h"
#include "print/table.h"
#include "print/text_parts.h"
#include "print/when.h"

#define RUN_SHOWN 10  /* like connections on a terminal before they are only counted */
#define NAMES_SHOWN 3 /* holders in a cell of `list` on a terminal */

static const struct table_column columns[] = {
	{ .title = "PROTO" },
	{ .title = "STATE" },
	{ .title = "LOCAL" },
	{ .title = "REMOTE", .optional = true },
	{ .title = "PROCESS" },
	{ .title = "FD", .optional = true },
	{ .title = "USER", .optional = true },
	{ .title = "AGE", .right = true, .optional = true },
	{ .title = "NETNS", .right = true, .optional = true },
	{ .title = "DETAILS", .optional = true },
	{ .title = "COMMAND", .optional = true },
};

struct answer_text {
	struct sink sink;
	struct out_opts opts;
	FILE *out;
	/* While an answer is printed. */
	const struct answer *a;
	enum answer_view view;
	struct table table;
	struct strbuf cell;
};

static void put_cell(struct answer_text *t, const char *color)
{
	/* Out of memory for a cell must not look like an empty one. */
	if (strbuf_error(&t->cell))
		t->table.failed = true;
	table_cell(&t->table, strbuf_str(&t->cell), color);
	strbuf_reset(&t->cell);
}

static void put_blanks(struct answer_text *t, size_t n)
{
	while (n--)
		table_cell(&t->table, " ", NULL);
}

static void put_endpoint(struct answer_text *t, const struct pw_sock *s, const struct pw_addr *addr,
			 uint16_t port, bool always)
{
	if (always || port || !addr_is_any(s->family, addr))
		text_parts_endpoint(&t->cell, t->opts.names, s->proto, s->family, addr, port);
	put_cell(t, NULL);
}

static uint32_t pid_of(const struct process *p)
{
	return p->pid ? p->pid : p->id.tgid;
}

static const struct process *process_of(const struct answer_text *t, const struct holder *h)
{
	return &t->a->processes[h->process];
}

static void add_creator(struct answer_text *t, const struct socket *s)
{
	const struct pw_actor *c = &s->s.creator;
	size_t i;

	if (!c->tgid)
		return;
	for (i = 0; i < s->nr_holders; i++) {
		const struct pw_actor *id = &process_of(t, &s->holders[i])->id;

		if (id->tgid == c->tgid && id->start_ns == c->start_ns)
			return;
	}
	text_parts_comma(&t->cell, 0);
	strbuf_adds(&t->cell, s->s.state == PW_TIME_WAIT ? "left by " : "created by ");
	text_parts_process(&t->cell, c->comm, c->tgid);
	if (s->creator_gone)
		strbuf_adds(&t->cell, " (gone)");
}

static void add_word(struct answer_text *t, bool wanted, const char *word)
{
	if (!wanted || !word)
		return;
	text_parts_comma(&t->cell, 0);
	strbuf_adds(&t->cell, word);
}

static void add_condition(struct answer_text *t, const struct condition *c)
{
	if (!c->is)
		return;
	text_parts_comma(&t->cell, 0);
	condition_text(&t->cell, c);
}

static void put_details(struct answer_text *t, const struct socket *s, const struct process *p)
{
	char span[WHEN_AGO_LEN];

	if (s->s.state == PW_LISTEN)
		strbuf_addf(&t->cell, "backlog %" PRIu32, s->s.backlog);
	if (s->qlen)
		strbuf_addf(&t->cell, ", %" PRIu32 " half open", s->qlen);
	if (s->has_expires) {
		text_parts_comma(&t->cell, 0);
		when_span(s->expires_ms * 1000000, span);
		strbuf_addf(&t->cell, "ends in %s", span);
	}
	add_word(t, s->s.state == PW_TIME_WAIT && s->bind.known && !s->reusable, "no SO_REUSEADDR");
	add_word(t, s->s.family == PW_INET6 && s->s.flags & PW_F_V6ONLY, "v6only");
	add_word(t, s->s.state != PW_TIME_WAIT && s->s.flags & PW_F_REUSEPORT, "reuseport");
	add_word(t, s->s.flags & PW_F_KERNEL, "kernel");
	add_creator(t, s);
	if (p) {
		add_condition(t, &p->condition);
		add_word(t, true, p->unit);
		add_word(t, true, p->container);
	}
	put_cell(t, NULL);
}

static void put_user(struct answer_text *t, const struct process *p)
{
	if (p && p->user)
		strbuf_adds(&t->cell, p->user);
	else if (p)
		strbuf_addu(&t->cell, p->id.uid);
	put_cell(t, NULL);
}

static void put_command(struct answer_text *t, const struct process *p)
{
	size_t i;

	if (p && p->cmdline && t->view == VIEW_WHO) {
		strbuf_add(&t->cell, p->cmdline, p->cmdline_len);
		while (t->cell.len && !t->cell.s[t->cell.len - 1])
			t->cell.len--;
		for (i = 0; i < t->cell.len; i++) {
			if (!t->cell.s[i])
				t->cell.s[i] = ' ';
		}
	}
	put_cell(t, NULL);
}

static void put_fds(struct answer_text *t, const struct holder *h)
{
	size_t i;

	for (i = 0; h && t->view == VIEW_WHO && i < h->nr_fds; i++) {
		if (i)
			strbuf_addc(&t->cell, ',');
		strbuf_addu(&t->cell, h->fds[i]);
	}
	put_cell(t, NULL);
}

/* In `who` one holder a line; in `list` all of them in one cell. */
static void put_processes(struct answer_text *t, const struct socket *s, size_t first)
{
	size_t max = t->view == VIEW_WHO ? 1 : t->opts.width ? NAMES_SHOWN : SIZE_MAX, i;

	for (i = first; i < s->nr_holders && i - first < max; i++) {
		const struct process *p = process_of(t, &s->holders[i]);

		if (i > first)
			strbuf_addc(&t->cell, ',');
		text_parts_process(&t->cell, p->id.comm, pid_of(p));
	}
	if (t->view == VIEW_LIST && i < s->nr_holders)
		strbuf_addf(&t->cell, ",+%zu", s->nr_holders - i);
	put_cell(t, NULL);
}

static void put_socket_cells(struct answer_text *t, const struct socket *s)
{
	table_cell(&t->table, names_proto(s->s.proto), NULL);
	table_cell(&t->table, names_state(s->s.state), color_state(s->s.state));
	put_endpoint(t, &s->s, &s->s.laddr, s->s.lport, true);
	put_endpoint(t, &s->s, &s->s.raddr, s->s.rport, false);
}

static void put_age(struct answer_text *t, const struct socket *s)
{
	char span[WHEN_AGO_LEN] = "";

	if (s->s.since_ns && s->s.since_ns <= t->a->time_ns)
		when_span(t->a->time_ns - s->s.since_ns, span);
	table_cell(&t->table, span, NULL);
}

static void put_netns(struct answer_text *t, const struct socket *s)
{
	if (t->opts.netns && s->s.netns && s->s.netns != t->opts.netns)
		text_parts_netns(&t->cell, t->opts.netns_name, s->s.netns);
	put_cell(t, NULL);
}

static void put_socket(struct answer_text *t, const struct socket *s)
{
	size_t i = 0;

	do {
		const struct holder *h = i < s->nr_holders ? &s->holders[i] : NULL;
		const struct process *p = h ? process_of(t, h) : NULL;

		if (i == 0)
			put_socket_cells(t, s);
		else
			put_blanks(t, 4);
		put_processes(t, s, i);
		put_fds(t, h);
		put_user(t, p);
		if (i == 0) {
			put_age(t, s);
			put_netns(t, s);
			put_details(t, s, p);
		} else {
			put_blanks(t, 2);
			add_condition(t, &p->condition);
			if (t->cell.len)
				put_cell(t, NULL);
			else
				put_blanks(t, 1);
		}
		put_command(t, p);
	} while (t->view == VIEW_WHO && ++i < s->nr_holders);
}

static bool is_alike(const struct socket *a, const struct socket *b)
{
	return a->s.proto == b->s.proto && a->s.state == b->s.state && a->s.lport == b->s.lport &&
	       a->nr_holders == b->nr_holders &&
	       (!a->nr_holders || a->holders[0].process == b->holders[0].process);
}

/* Sockets from i on that look the same but for the peer. Servers are never folded. */
static size_t run_length(const struct answer *a, size_t i)
{
	const struct socket *s = &a->sockets[i];
	size_t n = 1;

	if (s->s.state == PW_LISTEN || s->s.state == PW_BOUND || s->s.state == PW_UNCONN)
		return 1;
	while (i + n < a->nr_sockets && is_alike(s, &a->sockets[i + n]))
		n++;
	return n;
}

static void put_sockets(struct answer_text *t)
{
	const struct answer *a = t->a;
	size_t i, n, k;

	for (i = 0; i < a->nr_sockets; i += n) {
		size_t shown;

		n = run_length(a, i);
		shown = t->opts.width && n > RUN_SHOWN + 1 ? RUN_SHOWN : n;
		for (k = 0; k < shown; k++)
			put_socket(t, &a->sockets[i + k]);
		if (shown == n)
			continue;
		table_cell(&t->table, names_proto(a->sockets[i].s.proto), NULL);
		table_cell(&t->table, names_state(a->sockets[i].s.state),
			   color_state(a->sockets[i].s.state));
		strbuf_addf(&t->cell, "… and %zu more", n - shown);
		put_cell(t, NULL);
		put_blanks(t, ARRAY_SIZE(columns) - 3);
	}
}

/* Of a free port the last one belongs to the sentence; else what is in the way comes first. */
static void add_pasts(struct answer_text *t, const struct verdict *v)
{
	const char *before = v->bindable ? "; last held by " : "\n  last held by ";

	if (t->view != VIEW_WHO || v->why == WHY_HELD || v->why == WHY_BOUND ||
	    v->why == WHY_KERNEL)
		return;
	for (size_t i = 0; i < t->a->nr_pasts; i++) {
		const struct past *p = &t->a->pasts[i];

		if (p->port != v->port || p->proto != v->proto)
			continue;
		strbuf_adds(&t->cell, before);
		past_text_add(&t->cell, p, t->a->time_ns,
			      t->opts.width ? PAST_TEXT_WORDS : SIZE_MAX);
		before = "\n  before that by ";
	}
}

static bool has_past(const struct answer *a, const struct verdict *v)
{
	for (size_t i = 0; i < a->nr_pasts; i++)
		if (a->pasts[i].port == v->port && a->pasts[i].proto == v->proto)
			return true;
	return false;
}

/* "8000/tcp: held by tracd[1479]", and the facts under it. */
static void add_verdict(struct answer_text *t, const struct verdict *v)
{
	char span[WHEN_AGO_LEN];
	const char *color = t->opts.color ? color_why(v->why) : "";
	const char *text = v->hint ? v->hint : names_why(v->why);

	strbuf_addf(&t->cell, "%s%u/%s%s: ", color, v->port, names_proto(v->proto),
		    *color ? COLOR_RESET : "");
	text_escape(&t->cell, text, strlen(text));
	if (v->why == WHY_FREE && t->view == VIEW_WHO && has_past(t->a, v))
		strbuf_adds(&t->cell, " now");
	if (v->has_frees_in) {
		when_span(v->frees_in_ms * 1000000, span);
		strbuf_addf(&t->cell, "; free in %s", span);
	}
	add_pasts(t, v);
	strbuf_addc(&t->cell, '\n');
	for (size_t i = 0; t->view == VIEW_WHO && i < v->nr_facts; i++) {
		strbuf_adds(&t->cell, "  ");
		text_escape(&t->cell, v->facts[i], strlen(v->facts[i]));
		strbuf_addc(&t->cell, '\n');
	}
}

static int put_sentences(struct answer_text *t)
{
	size_t i;
	int r = 0;

	for (i = 0; t->view != VIEW_LIST && i < t->a->nr_verdicts; i++)
		add_verdict(t, &t->a->verdicts[i]);
	if (t->a->degraded)
		strbuf_adds(&t->cell, "degraded: the tracker has missed something, so the kernel's "
				      "own tables answered; see portwatch status\n");
	unknown_tell(&t->cell, t->a);
	errno = 0;
	if (strbuf_error(&t->cell))
		r = -ENOMEM;
	else if (t->cell.len && fwrite_unlocked(t->cell.s, 1, t->cell.len, t->out) != t->cell.len)
		r = errno ? -errno : -EIO;
	return r;
}

static int answer(struct sink *s, const struct answer *a, enum answer_view view)
{
	struct answer_text *t = (struct answer_text *)s;
	int r = 0;

	t->a = a;
	t->view = view;
	table_init(&t->table, columns, ARRAY_SIZE(columns));
	if (view != VIEW_WAIT)
		put_sockets(t);
	if (view != VIEW_WAIT && a->nr_sockets)
		r = table_print(&t->table, t->out, &t->opts);
	table_done(&t->table);
	strbuf_reset(&t->cell);
	if (r == 0)
		r = put_sentences(t);
	return r ? r : sink_flush(s);
}

static int flush(struct sink *s)
{
	struct answer_text *t = (struct answer_text *)s;

	errno = 0;
	return fflush_unlocked(t->out) ? errno ? -errno : -EIO : 0;
}

static void done(struct sink *s)
{
	struct answer_text *t = (struct answer_text *)s;

	strbuf_done(&t->cell);
	free(t);
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
