// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/answer_cells.h"

#include <inttypes.h>
#include <string.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "model/names.h"
#include "print/answer_table.h"
#include "print/color.h"
#include "print/text_parts.h"
#include "print/when.h"

#define NAMES_SHOWN 3 /* holders in a cell of `list` on a terminal */

static void put_kept(struct answer_table *t, const char *shorter, size_t kept, const char *color)
{
	/* Out of memory for a cell must not look like an empty one. */
	if (strbuf_error(&t->cell))
		t->table.failed = true;
	table_cell_kept(&t->table, strbuf_str(&t->cell), shorter, kept, color);
	strbuf_reset(&t->cell);
}

static void put_cell(struct answer_table *t, const char *color)
{
	put_kept(t, NULL, 0, color);
}

static uint32_t pid_of(const struct process *p)
{
	return p->pid ? p->pid : p->id.tgid;
}

static const struct process *process_of(const struct answer *a, const struct holder *h)
{
	return &a->processes[h->process];
}

static void put_proto(struct answer_table *t, const struct row *r)
{
	strbuf_adds(&t->cell, names_proto(r->s->s.proto));
	put_cell(t, NULL);
}

static void put_state(struct answer_table *t, const struct row *r)
{
	strbuf_adds(&t->cell, names_state(r->s->s.state));
	put_cell(t, color_state(r->s->s.state));
}

static void add_endpoint(struct answer_table *t, const struct pw_sock *s,
			 const struct pw_addr *addr, uint16_t port)
{
	text_parts_endpoint(&t->cell, t->opts->names, s->proto, s->family, addr, port);
}

static void put_local(struct answer_table *t, const struct row *r)
{
	const struct pw_sock *s = &r->s->s;

	if (r->left_out)
		strbuf_addf(&t->cell, "%s and %zu more", t->opts->ascii ? "..." : "…", r->left_out);
	else if (t->human)
		text_parts_served(&t->cell, t->opts->names, r->s, r->twin);
	else
		text_parts_bound(&t->cell, t->opts->names, s->proto, s->family, &s->laddr, s->lport,
				 r->s->device);
	put_cell(t, NULL);
}

static void put_remote(struct answer_table *t, const struct row *r)
{
	const struct pw_sock *s = &r->s->s;

	if (r->folded)
		strbuf_addf(&t->cell, "%zu peers", r->folded);
	else if (s->rport || !addr_is_any(s->family, &s->raddr))
		add_endpoint(t, s, &s->raddr, s->rport);
	put_cell(t, NULL);
}

/* Add a holder, and return how many bytes of it are kept where the cell is cut: all but its name.
 */
static size_t add_process(struct strbuf *out, const struct process *p, size_t others)
{
	size_t start = out->len, name = strnlen(p->id.comm, PW_COMM_LEN);

	text_parts_process(out, p->id.comm, pid_of(p));
	if (others)
		strbuf_addf(out, " +%zu", others);
	return out->len - start - name;
}

static size_t add_crew(struct answer_table *t, struct strbuf *out, const struct row *r, size_t i)
{
	const struct crew *c = r->crews ? &r->crews->list.v[i] : NULL;

	if (c)
		return add_process(out, &t->a->processes[c->leader], c->others);
	return add_process(out, process_of(t->a, &r->s->holders[i]), 0);
}

/* In a list all of them are in one cell; where that is too narrow, the first of them and a number.
 */
static void put_all_processes(struct answer_table *t, const struct row *r)
{
	size_t nr = r->crews ? r->crews->list.nr : r->s->nr_holders, i, kept = 0;
	_cleanup_(strbuf_done) struct strbuf shorter = {};

	for (i = 0; i < nr && (i < NAMES_SHOWN || !t->human); i++) {
		if (i)
			strbuf_addc(&t->cell, ',');
		add_crew(t, &t->cell, r, i);
	}
	if (i < nr)
		strbuf_addf(&t->cell, ",+%zu", nr - i);
	if (nr)
		kept = add_crew(t, &shorter, r, 0);
	i = shorter.len;
	if (nr > 1)
		strbuf_addf(&shorter, ",+%zu", nr - 1);
	kept += shorter.len - i;
	if (strbuf_error(&shorter))
		t->table.failed = true;
	put_kept(t, strbuf_str(&shorter), kept, COLOR_BOLD);
}

static void put_process(struct answer_table *t, const struct row *r)
{
	size_t kept = 0;

	if (t->view == VIEW_LIST) {
		put_all_processes(t, r);
		return;
	}
	if (r->process)
		kept = add_process(&t->cell, r->process, r->crew ? r->crew->others : 0);
	put_kept(t, NULL, kept, COLOR_BOLD);
}

static void put_pid(struct answer_table *t, const struct row *r)
{
	if (r->process)
		strbuf_addu(&t->cell, pid_of(r->process));
	put_cell(t, COLOR_BOLD);
}

static void put_fds(struct answer_table *t, const struct row *r)
{
	for (size_t i = 0; r->holder && i < r->holder->nr_fds; i++) {
		if (i)
			strbuf_addc(&t->cell, ',');
		strbuf_addu(&t->cell, r->holder->fds[i]);
	}
	put_cell(t, NULL);
}

/* Add the user who made the socket, most likely the user of the holder that is not seen. */
static void add_maker(struct answer_table *t, const struct socket *s)
{
	const char *name;

	if (!(t->a->unknown & UNKNOWN_HOLDERS) || !s->has_uid || s->s.state == PW_TIME_WAIT)
		return;
	name = t->opts->user_name ? t->opts->user_name(s->uid) : NULL;
	if (name)
		strbuf_adds(&t->cell, name);
	else
		strbuf_addu(&t->cell, s->uid);
}

static void put_user(struct answer_table *t, const struct row *r)
{
	if (r->process && r->process->user)
		strbuf_adds(&t->cell, r->process->user);
	else if (r->process)
		strbuf_addu(&t->cell, r->process->id.uid);
	else if (!r->goes_on && !r->left_out && !r->folded)
		add_maker(t, r->s);
	put_cell(t, NULL);
}

static void add_span(struct answer_table *t, uint64_t since_ns)
{
	char span[WHEN_AGO_LEN];

	if (!since_ns || since_ns > t->a->time_ns)
		return;
	when_span(t->a->time_ns - since_ns, span);
	strbuf_adds(&t->cell, span);
}

static void put_age(struct answer_table *t, const struct row *r)
{
	if (!r->folded)
		add_span(t, r->s->s.since_ns);
	put_cell(t, NULL);
}

static void put_up(struct answer_table *t, const struct row *r)
{
	if (r->process)
		add_span(t, r->process->id.start_ns);
	put_cell(t, NULL);
}

static void put_netns(struct answer_table *t, const struct row *r)
{
	uint32_t netns = r->s->s.netns;

	if (t->opts->netns && netns && netns != t->opts->netns)
		text_parts_netns(&t->cell, t->opts->netns_name, netns);
	put_cell(t, NULL);
}

static void put_text(struct answer_table *t, const char *text)
{
	strbuf_adds(&t->cell, text ? text : "");
	put_cell(t, NULL);
}

static void put_unit(struct answer_table *t, const struct row *r)
{
	put_text(t, r->process ? r->process->unit : NULL);
}

static void put_container(struct answer_table *t, const struct row *r)
{
	put_text(t, r->process ? r->process->container : NULL);
}

static void put_directory(struct answer_table *t, const struct row *r)
{
	put_text(t, r->process ? r->process->cwd : NULL);
}

static void put_command(struct answer_table *t, const struct row *r)
{
	if (r->process)
		text_parts_command(&t->cell, r->process);
	put_cell(t, NULL);
}

static void add_creator(struct answer_table *t, const struct socket *s)
{
	const struct pw_actor *c = &s->s.creator;

	if (!c->tgid)
		return;
	for (size_t i = 0; i < s->nr_holders; i++) {
		const struct pw_actor *id = &process_of(t->a, &s->holders[i])->id;

		if (actor_same(id, c))
			return;
	}
	text_parts_comma(&t->cell, 0);
	strbuf_adds(&t->cell, s->s.state == PW_TIME_WAIT ? "left by " : "created by ");
	text_parts_process(&t->cell, c->comm, c->tgid);
	if (s->creator_gone)
		strbuf_adds(&t->cell, " (gone)");
}

static void add_word(struct answer_table *t, bool wanted, const char *word)
{
	if (!wanted || !word)
		return;
	text_parts_comma(&t->cell, 0);
	strbuf_adds(&t->cell, word);
}

static void add_condition(struct answer_table *t, const struct process *p)
{
	if (!p || !p->condition.is)
		return;
	text_parts_comma(&t->cell, 0);
	condition_text(&t->cell, &p->condition);
}

static void add_expiry(struct answer_table *t, const struct row *r)
{
	char span[WHEN_AGO_LEN];

	if (!r->s->has_expires || r->folded)
		return;
	text_parts_comma(&t->cell, 0);
	when_span(r->s->expires_ms * 1000000, span);
	strbuf_addf(&t->cell,
		    r->s->waits_for && !r->s->timewait ? "given up in %s" : "expires in %s", span);
}

static void add_socket_details(struct answer_table *t, const struct row *r)
{
	const struct socket *s = r->s;
	bool timewait = s->s.state == PW_TIME_WAIT;

	if (s->s.state == PW_LISTEN && !t->human && !(s->lacks & PW_LACKS_BACKLOG))
		strbuf_addf(&t->cell, "backlog %" PRIu32, s->s.backlog);
	if (s->waiting) {
		text_parts_comma(&t->cell, 0);
		strbuf_addf(&t->cell, "%" PRIu32 " of %" PRIu32 " waiting for accept()", s->waiting,
			    s->s.backlog);
	}
	add_word(t, queue_has_no_room(s), "not accepting");
	if (s->qlen) {
		text_parts_comma(&t->cell, 0);
		strbuf_addf(&t->cell, "%" PRIu32 " half open", s->qlen);
	}
	add_expiry(t, r);
	add_word(t, addr_is_own_peer(&s->s), "connected to itself");
	add_word(t, timewait && s->bind.known && !s->reusable, "no SO_REUSEADDR");
	add_word(t, !r->twin && s->s.family == PW_INET6 && s->s.flags & PW_F_V6ONLY, "v6only");
	add_word(t, !timewait && s->s.flags & PW_F_REUSEPORT, "reuseport");
	add_word(t, s->s.flags & PW_F_KERNEL, "kernel");
	add_creator(t, s);
}

static void put_details(struct answer_table *t, const struct row *r)
{
	if (!r->goes_on)
		add_socket_details(t, r);
	add_condition(t, r->process);
	if (!r->goes_on && r->process) {
		add_word(t, true, r->process->unit);
		add_word(t, true, r->process->container);
	}
	if (r->goes_on && !t->cell.len)
		strbuf_addc(&t->cell, ' ');
	put_cell(t, NULL);
}

const struct answer_column answer_cells[COLUMNS] = {
	[PROTO] = { { .title = "PROTO", .rank = 6 }, put_proto, true },
	[STATE] = { { .title = "STATE" }, put_state, true },
	[LOCAL] = { { .title = "LOCAL" }, put_local, true },
	[REMOTE] = { { .title = "REMOTE", .optional = true, .rank = 2, .below = true },
		     put_remote,
		     true },
	[PROCESS] = { { .title = "PROCESS", .rank = 1, .below = true, .min = 16 },
		      put_process,
		      false },
	[PID] = { { .title = "PID", .right = true, .optional = true, .rank = 4 }, put_pid, false },
	[FD] = { { .title = "FD", .optional = true, .rank = 12 }, put_fds, false },
	[USER] = { { .title = "USER", .optional = true, .rank = 7 }, put_user, false },
	[AGE] = { { .title = "AGE", .right = true, .optional = true, .rank = 9 }, put_age, true },
	[UP] = { { .title = "UP", .right = true, .optional = true, .rank = 8 }, put_up, false },
	[NETNS] = { { .title = "NETNS", .right = true, .optional = true, .rank = 3, .min = 8 },
		    put_netns,
		    true },
	[UNIT] = { { .title = "UNIT", .optional = true, .rank = 11, .min = 12 }, put_unit, false },
	[CONTAINER] = { { .title = "CONTAINER", .optional = true, .rank = 10, .min = 12 },
			put_container,
			false },
	[DIRECTORY] = { { .title = "DIRECTORY", .optional = true, .rank = 5, .min = 16 },
			put_directory,
			false },
	[DETAILS] = { { .title = "DETAILS", .optional = true, .rank = 13 }, put_details, false },
	[COMMAND] = { { .title = "COMMAND",
			.optional = true,
			.rank = 14,
			.below = true,
			.min = 20,
			.cut = CUT_COMMAND },
		      put_command,
		      false },
};

const char *const answer_columns[] = {
	[PROTO] = "proto",
	[STATE] = "state",
	[LOCAL] = "local",
	[REMOTE] = "remote",
	[PROCESS] = "process",
	[PID] = "pid",
	[FD] = "fd",
	[USER] = "user",
	[AGE] = "age",
	[UP] = "up",
	[NETNS] = "netns",
	[UNIT] = "unit",
	[CONTAINER] = "container",
	[DIRECTORY] = "directory",
	[DETAILS] = "details",
	[COMMAND] = "command",
	[COLUMNS] = NULL,
};
