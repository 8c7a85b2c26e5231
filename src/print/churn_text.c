// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "model/churn_half.h"
#include "model/churn_names.h"
#include "model/churn_sort.h"
#include "model/names.h"
#include "print/churn_print.h"
#include "print/color.h"
#include "print/prose.h"
#include "print/table.h"
#include "print/text_parts.h"
#include "print/when.h"

#define ROWS_SHOWN 10 /* of each table on a terminal */
#define OLD_S 3
#define CLEAR_SCREEN "\033[H\033[J"

struct churn_text {
	const struct churn *c;
	const struct churn_print_opts *how;
	const struct out_opts *opts;
	FILE *out;
	struct table table;
	struct strbuf cell;
};

static void put_cell(struct churn_text *t, const char *color)
{
	if (strbuf_error(&t->cell))
		t->table.failed = true;
	table_cell(&t->table, strbuf_str(&t->cell), color);
	strbuf_reset(&t->cell);
}

static void put_numbers(struct churn_text *t, uint64_t current, double rate)
{
	table_cell_u64(&t->table, current);
	strbuf_addf(&t->cell, "%.1f", rate);
	put_cell(t, NULL);
}

static void put_netns(struct churn_text *t, uint32_t netns)
{
	if (t->opts->netns && netns != t->opts->netns)
		text_parts_netns(&t->cell, t->opts->netns_name, netns);
	put_cell(t, NULL);
}

/* 0: of the kernel's choice. */
static void put_port(struct churn_text *t, uint16_t port)
{
	if (port)
		strbuf_addu(&t->cell, port);
	else
		strbuf_adds(&t->cell, "ephemeral");
	put_cell(t, NULL);
}

/* A last row is better than a line that says that there is one more. */
static size_t rows_shown(const struct churn_text *t, size_t nr)
{
	if (t->how->top)
		return nr < t->how->top ? nr : t->how->top;
	return t->opts->width && !t->opts->detailed && nr > ROWS_SHOWN + 1 ? ROWS_SHOWN : nr;
}

static int print_table(struct churn_text *t, size_t shown, size_t nr)
{
	int err = nr ? table_print(&t->table, t->out, t->opts) : 0;

	table_done(&t->table);
	if (!err && shown < nr)
		fprintf(t->out, "and %zu more\n", nr - shown);
	if (!err && nr && t->how->view == CHURN_ALL)
		fputc('\n', t->out);
	return err;
}

static int print_ports(struct churn_text *t)
{
	static const struct table_column columns[] = {
		{ .title = "PORT" },
		{ .title = "NETNS", .right = true, .optional = true },
		{ .title = "TIME-WAIT", .right = true },
		{ .title = "NEW/S", .right = true },
	};
	size_t nr, shown;
	_cleanup_free_ struct churn_port **v = churn_sort_ports(t->c, t->how->order, &nr);

	if (!v)
		return -ENOMEM;
	shown = rows_shown(t, nr);
	table_init(&t->table, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < shown; i++) {
		put_port(t, v[i]->key.port);
		put_netns(t, v[i]->key.netns);
		put_numbers(t, v[i]->current, v[i]->rate);
	}
	return print_table(t, shown, nr);
}

static void put_named(struct churn_text *t, const struct pw_actor *a, size_t processes)
{
	if (processes == 1)
		text_parts_process(&t->cell, a->comm, a->tgid);
	else
		strbuf_addf(&t->cell, t->opts->ascii ? "%.*s x%zu" : "%.*s ×%zu",
			    (int)sizeof(a->comm), a->comm, processes);
}

/* Put who has the most, with the share where that is no more than half. */
static void put_user(struct churn_text *t, const struct churn_user *u)
{
	const struct churn_process *p = churn_process_of(t->c, u->tgid, u->start_ns);

	if (u->uses && p) {
		put_named(t, &p->actor, u->processes);
		if (u->uses * 2 <= u->of)
			strbuf_addf(&t->cell, " (%" PRIu64 " of %" PRIu64 ")", u->uses, u->of);
	}
	put_cell(t, NULL);
}

static void put_peer(struct churn_text *t, const struct churn_peer *p)
{
	text_parts_address(&t->cell, t->opts->names, p->key.family, &p->key.laddr);
	put_cell(t, NULL);
	if (p->key.rport) {
		text_parts_endpoint(&t->cell, t->opts->names, PW_TCP, p->key.family, &p->key.raddr,
				    p->key.rport);
	} else {
		text_parts_address(&t->cell, t->opts->names, p->key.family, &p->key.raddr);
		strbuf_adds(&t->cell, ", any port");
	}
	put_cell(t, NULL);
	put_netns(t, p->key.netns);
	put_numbers(t, p->current, p->rate);
	if (p->nr_ports)
		strbuf_addf(&t->cell, "%" PRIu32 " of %" PRIu32, p->used, p->nr_ports);
	put_cell(t, NULL);
	if (p->exhausted_in >= 0)
		strbuf_addf(&t->cell, "%.0f s", p->exhausted_in);
	put_cell(t, COLOR_RED);
	put_user(t, &p->user);
}

static int print_peers(struct churn_text *t)
{
	static const struct table_column columns[] = {
		{ .title = "LOCAL", .rank = 3 },
		{ .title = "PEER" },
		{ .title = "NETNS", .right = true, .optional = true, .rank = 4, .min = 8 },
		{ .title = "TIME-WAIT", .right = true },
		{ .title = "NEW/S", .right = true, .rank = 2 },
		{ .title = "PORTS", .right = true, .optional = true, .rank = 5 },
		{ .title = "USED UP IN",
		  .right = true,
		  .optional = true,
		  .rank = 1,
		  .below = true },
		{ .title = "PROCESS", .optional = true, .rank = 6, .min = 10 },
	};
	size_t nr, shown;
	_cleanup_free_ struct churn_peer **v = churn_sort_peers(t->c, t->how->order, &nr);

	if (!v)
		return -ENOMEM;
	shown = rows_shown(t, nr);
	table_init(&t->table, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < shown; i++)
		put_peer(t, v[i]);
	return print_table(t, shown, nr);
}

static void put_name(struct churn_text *t, const struct churn_name *n)
{
	if (!n->actor->tgid)
		strbuf_adds(&t->cell, "unknown");
	else
		put_named(t, n->actor, n->processes);
	put_cell(t, t->opts->color ? COLOR_BOLD : NULL);
	put_numbers(t, n->current, n->rate);
}

/* By the name of the command: each short-lived client has a number of its own. */
static int print_names(struct churn_text *t)
{
	static const struct table_column columns[] = {
		{ .title = "PROCESS", .min = 12 },
		{ .title = "TIME-WAIT", .right = true },
		{ .title = "NEW/S", .right = true },
	};
	size_t nr, shown;
	_cleanup_free_ struct churn_name *v = churn_sort_names(t->c, t->how->order, &nr);

	if (!v)
		return -ENOMEM;
	shown = rows_shown(t, nr);
	table_init(&t->table, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < shown; i++)
		put_name(t, &v[i]);
	return print_table(t, shown, nr);
}

/* Connections that one side has closed and the other has not, where there are any. */
static int print_half(struct churn_text *t)
{
	static const struct table_column columns[] = {
		{ .title = "PORT" },
		{ .title = "NETNS", .right = true, .optional = true },
		{ .title = "HALF CLOSED" },
		{ .title = "SOCKETS", .right = true },
		{ .title = "PROCESS", .min = 12 },
	};
	size_t nr, shown;
	_cleanup_free_ struct churn_half **v = churn_sort_half(t->c, &nr);

	if (!v)
		return -ENOMEM;
	shown = rows_shown(t, nr);
	table_init(&t->table, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < shown; i++) {
		put_port(t, v[i]->key.port);
		put_netns(t, v[i]->key.netns);
		table_cell(&t->table, names_state(v[i]->key.state), NULL);
		table_cell_u64(&t->table, v[i]->current);
		text_parts_process(&t->cell, v[i]->key.comm, v[i]->several ? 0 : v[i]->tgid);
		put_cell(t, NULL);
	}
	return print_table(t, shown, nr);
}

static int print_processes(struct churn_text *t)
{
	static const struct table_column columns[] = {
		{ .title = "PROCESS" },
		{ .title = "TIME-WAIT", .right = true },
		{ .title = "NEW/S", .right = true },
	};
	size_t nr, shown;
	_cleanup_free_ struct churn_process **v = churn_sort_processes(t->c, t->how->order, &nr);

	if (!v)
		return -ENOMEM;
	shown = rows_shown(t, nr);
	table_init(&t->table, columns, ARRAY_SIZE(columns));
	for (size_t i = 0; i < shown; i++) {
		if (v[i]->actor.tgid)
			text_parts_process(&t->cell, v[i]->actor.comm, v[i]->actor.tgid);
		else
			strbuf_adds(&t->cell, "unknown");
		put_cell(t, NULL);
		put_numbers(t, v[i]->current, v[i]->rate);
	}
	return print_table(t, shown, nr);
}

/* Each namespace has a limit of its own. Where several have TIME-WAIT, name that nearest to its. */
static void put_limit(struct churn_text *t)
{
	const struct churn *c = t->c;
	const struct churn_netns *only = NULL, *nearest = NULL;
	size_t nr = 0;

	for (size_t i = 0; i < c->nr_netns; i++) {
		const struct churn_netns *n = &c->netns[i];

		nearest = n->inode == c->total.max_netns ? n : nearest;
		only = n->wanted ? n : only;
		nr += n->wanted != 0;
	}
	if (!nearest)
		return;
	if (nr <= 1) {
		strbuf_addf(&t->cell, " of at most %" PRIu64, only ? only->max : nearest->max);
		return;
	}
	strbuf_addf(&t->cell, " in %zu network namespaces (", nr);
	text_parts_netns(&t->cell, t->opts->netns_name, nearest->inode);
	strbuf_addf(&t->cell, ": %" PRIu64 " of at most %" PRIu64 ")", nearest->current,
		    nearest->max);
}

/* "12:00:00  900 TIME-WAIT of at most 131072, 15.0 new/s, 14.0 expired/s" */
static int print_summary(struct churn_text *t)
{
	const struct churn_total *total = &t->c->total;
	char time[WHEN_LOCAL_LEN];
	struct when when;

	when_init(&when, t->opts->boot_to_real);
	when_local(&when, t->c->query.time_ns, time);
	strbuf_addf(&t->cell, "%.8s  ", time);
	if (t->how->age_s >= OLD_S)
		strbuf_addf(&t->cell, "(%" PRIu32 " s ago)  ", t->how->age_s);
	strbuf_addf(&t->cell, "%" PRIu64 " TIME-WAIT", total->current);
	if (total->fin_wait2)
		strbuf_addf(&t->cell, " (%" PRIu64 " still wait for the peer's FIN)",
			    total->fin_wait2);
	put_limit(t);
	strbuf_addf(&t->cell, ", %s%.1f new/s", t->c->query.exact ? "" : "about ",
		    total->entered_per_s);
	if (total->ended_known)
		strbuf_addf(&t->cell, ", %.1f expired/s", total->ended_per_s);
	strbuf_adds(&t->cell, "\n\n");
	return prose_print(&t->cell, t->out, t->opts);
}

static int print_warnings(struct churn_text *t)
{
	const struct churn *c = t->c;
	size_t shown = rows_shown(t, c->nr_warnings);

	strbuf_reset(&t->cell);
	for (size_t i = 0; i < shown; i++) {
		strbuf_adds(&t->cell,
			    t->opts->color ? COLOR_RED "warning:" COLOR_RESET " " : "warning: ");
		text_escape(&t->cell, c->warnings[i], strlen(c->warnings[i]));
		strbuf_addc(&t->cell, '\n');
	}
	if (shown < c->nr_warnings)
		strbuf_addf(&t->cell, "and %zu more warnings\n", c->nr_warnings - shown);
	if (c->total.unattributed)
		strbuf_addf(&t->cell,
			    "%" PRIu64 " more are attributed to nobody: too many peers for the map "
			    "of counters (load with a larger --max-timewait)\n",
			    c->total.unattributed);
	return prose_print(&t->cell, t->out, t->opts);
}

int churn_text(const struct churn *c, const struct churn_print_opts *how,
	       const struct out_opts *opts, FILE *out)
{
	struct churn_text t = { .c = c, .how = how, .opts = opts, .out = out };
	int err = 0;

	if (how->follows)
		fputs(opts->width ? CLEAR_SCREEN : "\n", out);
	if (opts->header)
		err = print_summary(&t);
	if (!err && (how->view == CHURN_PORTS || how->view == CHURN_ALL))
		err = print_ports(&t);
	if (!err && (how->view == CHURN_PEERS || how->view == CHURN_ALL))
		err = print_peers(&t);
	if (!err && (how->view == CHURN_PROCESSES || how->view == CHURN_ALL))
		err = print_names(&t);
	if (!err && how->view == CHURN_ALL)
		err = print_half(&t);
	if (!err && how->view == CHURN_PIDS)
		err = print_processes(&t);
	if (!err)
		err = print_warnings(&t);
	strbuf_done(&t.cell);
	errno = 0;
	if (!err && (fflush(out) || ferror(out)))
		err = errno ? -errno : -EIO;
	return err;
}
