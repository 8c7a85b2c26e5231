// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/answer_table.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "print/answer_cells.h"
#include "print/answer_entry.h"

#define LIST_COMMAND_MIN 12
#define RUN_SHOWN 10 /* like connections in a list on a terminal before they are only counted */

static const unsigned char who_columns[] = { PROTO, STATE, LOCAL, REMOTE,  PROCESS, FD,
					     USER,  AGE,   NETNS, DETAILS, COMMAND };
static const unsigned char list_columns[] = { PROTO, STATE, LOCAL, REMOTE,  PROCESS,
					      USER,  AGE,   NETNS, DETAILS, COMMAND };

static void put_row(struct answer_table *t, const struct row *r)
{
	for (size_t i = 0; i < t->nr_columns; i++) {
		unsigned char c = t->columns[i];

		if ((r->goes_on && answer_cells[c].of_socket) || (r->left_out && c > LOCAL))
			table_cell(&t->table, " ", NULL);
		else
			answer_cells[c].put(t, r);
	}
}

static void set_process(struct answer_table *t, struct row *r, const struct holder *h)
{
	r->holder = h;
	r->process = h ? &t->a->processes[h->process] : NULL;
}

static const struct holder *holder_of(const struct socket *s, size_t process)
{
	for (size_t i = 0; i < s->nr_holders; i++)
		if (s->holders[i].process == process)
			return &s->holders[i];
	return NULL;
}

/* A line for each crew, or in a list one for all. */
static int put_crews(struct answer_table *t, struct row *r)
{
	_cleanup_(crews_done) struct crews crews = {};
	int err = crews_add_holders(&crews, t->a, r->s);

	if (err)
		return err;
	r->crews = t->view == VIEW_LIST ? &crews : NULL;
	for (size_t i = 0; i < crews.list.nr && (!i || !r->crews); i++) {
		r->crew = &crews.list.v[i];
		r->goes_on = i > 0;
		set_process(t, r, holder_of(r->s, r->crew->leader));
		put_row(t, r);
	}
	r->crews = NULL;
	r->crew = NULL;
	return 0;
}

static int put_entry(struct answer_table *t, struct row *r)
{
	size_t lines = t->view == VIEW_LIST ? 1 : r->s->nr_holders;

	if (t->human && r->s->nr_holders)
		return put_crews(t, r);
	for (size_t i = 0; i < lines || !i; i++) {
		set_process(t, r, i < r->s->nr_holders ? &r->s->holders[i] : NULL);
		r->goes_on = i > 0;
		put_row(t, r);
	}
	return 0;
}

/* Return the server's socket of the other family, which comes behind this one. NULL: none. */
static const struct socket *twin_of(const struct answer *a, size_t i, const bool *done)
{
	const struct socket *s = &a->sockets[i];

	/* A port may have very many connections, of which none has a twin. */
	if (!answer_entry_serves(s))
		return NULL;
	for (size_t k = i + 1; k < a->nr_sockets && a->sockets[k].s.lport == s->s.lport; k++)
		if (!done[k] && answer_entry_twins(s, &a->sockets[k]))
			return &a->sockets[k];
	return NULL;
}

/* Like connections: as many as are worth a line each, or all of them as one. Returns how many lines
 * were for one socket each. */
static size_t shown_of(const struct answer_table *t, size_t run)
{
	if (!t->human || run == 1)
		return run;
	if (t->view != VIEW_LIST)
		return 0;
	return run > RUN_SHOWN + 1 ? RUN_SHOWN : run;
}

static int put_run(struct answer_table *t, size_t i, size_t run)
{
	const struct socket *first = &t->a->sockets[i];
	size_t shown = shown_of(t, run);
	int err = 0;

	for (size_t k = 0; k < shown && !err; k++)
		err = put_entry(t, &(struct row){ .s = first + k });
	if (!err && !shown)
		err = put_entry(t, &(struct row){ .s = first, .folded = run });
	else if (!err && shown < run)
		put_row(t, &(struct row){ .s = first + shown, .left_out = run - shown });
	return err;
}

static int put_sockets(struct answer_table *t)
{
	const struct answer *a = t->a;
	_cleanup_free_ bool *done = calloc(a->nr_sockets + 1, sizeof(*done));
	size_t run;
	int err = done ? 0 : -ENOMEM;

	for (size_t i = 0; i < a->nr_sockets && !err; i += run) {
		const struct socket *twin = t->human ? twin_of(a, i, done) : NULL;

		run = done[i] ? 1 : answer_entry_run(a, i);
		if (done[i])
			continue;
		if (twin)
			done[twin - a->sockets] = true;
		if (run == 1)
			err = put_entry(t, &(struct row){ .s = &a->sockets[i], .twin = twin });
		else
			err = put_run(t, i, run);
	}
	return err;
}

static void choose_columns(struct answer_table *t, struct table_column *looks)
{
	bool who = t->view != VIEW_LIST;

	t->columns = who ? who_columns : list_columns;
	t->nr_columns = who ? ARRAY_SIZE(who_columns) : ARRAY_SIZE(list_columns);
	if (t->opts->nr_columns) {
		t->columns = t->opts->columns;
		t->nr_columns = t->opts->nr_columns;
	}
	for (size_t i = 0; i < t->nr_columns; i++) {
		looks[i] = answer_cells[t->columns[i]].look;
		/* Of a long list each row is one line: the command stays in it, shortened, or goes.
		 */
		if (!who && t->columns[i] == COMMAND) {
			looks[i].rank = 5;
			looks[i].below = false;
			looks[i].min = LIST_COMMAND_MIN;
		}
	}
}

int answer_table_print(const struct answer *a, enum answer_view view, const struct out_opts *opts,
		       FILE *out)
{
	struct table_column looks[TABLE_MAX_COLUMNS];
	struct answer_table t = {
		.a = a,
		.opts = opts,
		.view = view,
		.human = opts->width && !opts->detailed,
	};
	int err;

	if (!a->nr_sockets)
		return 0;
	choose_columns(&t, looks);
	table_init(&t.table, looks, t.nr_columns);
	err = put_sockets(&t);
	if (!err)
		err = table_print(&t.table, out, opts);
	table_done(&t.table);
	strbuf_done(&t.cell);
	return err;
}
