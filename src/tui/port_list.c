// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/port_list.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

struct order {
	const struct board *b;
	const struct list_view *view;
};

/* A process of a port. It begins a tree if none of the port's processes is its parent. */
struct node {
	size_t process, parent; /* parent: an index of nodes, SIZE_MAX: none */
};

void port_list_done(struct port_list *t)
{
	free(t->lines.v);
	*t = (struct port_list){};
}

enum row_fate { ROW_NOT_MEANT, ROW_HIDDEN, ROW_SHOWN };

static enum row_fate judge(const struct board *b, const struct board_row *r,
			   const struct list_view *view)
{
	enum row_fate best = ROW_NOT_MEANT;

	for (size_t i = 0; i < r->nr_sockets && best != ROW_SHOWN; i++) {
		const struct socket *s = &b->a.sockets[r->first_socket + i];

		if (view->always && !filter_match_socket(view->always, &b->a, s))
			continue;
		best = !view->line || filter_line_match(view->line, &b->a, s) ? ROW_SHOWN :
										ROW_HIDDEN;
	}
	return best;
}

/* Rows are in the order of their keys, so that decides where nothing else does. */
static int compare(const void *px, const void *py, void *arg)
{
	const struct list_line *x = px, *y = py;
	const struct order *o = arg;
	int r = column_compare(o->b, &o->b->rows.v[x->row], &o->b->rows.v[y->row], o->view->sort);

	if (columns[o->view->sort].descends)
		r = -r;
	if (!r)
		r = x->row < y->row ? -1 : x->row > y->row;
	return o->view->reverse ? -r : r;
}

static struct list_line *add_line(struct port_list *t, size_t row)
{
	struct list_line *l = VEC_ADD(&t->lines);

	if (l)
		*l = (struct list_line){ .row = row, .owner = SIZE_MAX };
	return l;
}

static bool owns(const struct board *b, const struct board_row *r, size_t process)
{
	for (size_t i = 0; i < r->nr_owners; i++)
		if (b->owners.v[r->first_owner + i] == process)
			return true;
	return false;
}

/* The rows of one process, in the order that the flat table has them. */
static int add_process(struct port_list *t, const struct board *b, const struct list_line *flat,
		       size_t nr, size_t process, unsigned int depth)
{
	bool more = false;

	for (size_t i = 0; i < nr; i++) {
		struct list_line *l;

		if (!owns(b, &b->rows.v[flat[i].row], process))
			continue;
		l = add_line(t, flat[i].row);
		if (!l)
			return -ENOMEM;
		l->owner = process;
		l->depth = depth;
		l->more = more;
		more = true;
	}
	return 0;
}

static uint32_t number_of(const struct process *p)
{
	return p->pid ? p->pid : p->id.tgid;
}

/* A parent is older than its child: so there are no circles, even with numbers used again. */
static size_t find_parent(const struct board *b, const struct node *nodes, size_t nr,
			  size_t process)
{
	const struct process *child = &b->a.processes[process];

	for (size_t i = 0; i < nr; i++) {
		const struct process *p = &b->a.processes[nodes[i].process];

		if (b->info[process].parent && number_of(p) == b->info[process].parent &&
		    p->id.start_ns < child->id.start_ns)
			return i;
	}
	return SIZE_MAX;
}

static int add_trees(struct port_list *t, const struct board *b, const struct list_line *flat,
		     size_t nr_flat, const struct node *nodes, size_t nr, size_t parent,
		     unsigned int depth)
{
	int err = 0;

	for (size_t i = 0; i < nr && !err; i++) {
		if (nodes[i].parent != parent)
			continue;
		err = add_process(t, b, flat, nr_flat, nodes[i].process, depth);
		if (!err)
			err = add_trees(t, b, flat, nr_flat, nodes, nr, i, depth + 1);
	}
	return err;
}

static int make_tree(struct port_list *t, const struct board *b)
{
	_cleanup_free_ struct list_line *flat = t->lines.v;
	_cleanup_free_ struct node *nodes = calloc(b->a.nr_processes + 1, sizeof(*nodes));
	_cleanup_free_ bool *met = calloc(b->a.nr_processes + 1, sizeof(*met));
	size_t nr_flat = t->lines.nr, nr = 0;
	int err = nodes && met ? 0 : -ENOMEM;

	memset(&t->lines, 0, sizeof(t->lines));
	for (size_t i = 0; i < nr_flat && !err; i++) {
		const struct board_row *r = &b->rows.v[flat[i].row];

		for (size_t k = 0; k < r->nr_owners; k++) {
			size_t process = b->owners.v[r->first_owner + k];

			if (!met[process])
				nodes[nr++] = (struct node){ .process = process };
			met[process] = true;
		}
	}
	for (size_t i = 0; i < nr && !err; i++)
		nodes[i].parent = find_parent(b, nodes, nr, nodes[i].process);
	if (!err)
		err = add_trees(t, b, flat, nr_flat, nodes, nr, SIZE_MAX, 0);
	for (size_t i = 0; i < nr_flat && !err; i++) /* what no process has */
		if (!b->rows.v[flat[i].row].nr_owners && !add_line(t, flat[i].row))
			err = -ENOMEM;
	return err;
}

static const struct pw_actor *actor_of(const struct board *b, const struct list_line *l)
{
	static const struct pw_actor all;

	return l->owner == SIZE_MAX ? &all : &b->a.processes[l->owner].id;
}

static void remember(struct port_list *t, const struct board *b)
{
	t->any = t->chosen < t->lines.nr;
	if (!t->any)
		return;
	t->key = b->rows.v[t->lines.v[t->chosen].row].key;
	t->actor = *actor_of(b, &t->lines.v[t->chosen]);
}

/* Choose the line of the row and process chosen before, else that row, else that line number. */
static void find_again(struct port_list *t, const struct board *b)
{
	size_t row = SIZE_MAX;

	for (size_t i = 0; i < t->lines.nr && t->any; i++) {
		const struct pw_actor *actor = actor_of(b, &t->lines.v[i]);

		if (board_compare_keys(&b->rows.v[t->lines.v[i].row].key, &t->key) != 0)
			continue;
		if (row == SIZE_MAX)
			row = i;
		if (actor_same(actor, &t->actor)) {
			row = i;
			break;
		}
	}
	if (row != SIZE_MAX)
		t->chosen = row;
	else if (t->chosen >= t->lines.nr)
		t->chosen = t->lines.nr ? t->lines.nr - 1 : 0;
	remember(t, b);
}

int port_list_build(struct port_list *t, const struct board *b, const struct list_view *view)
{
	struct order order = { b, view };
	int err = 0;

	t->lines.nr = t->hidden = 0;
	for (size_t i = 0; i < b->rows.nr && !err; i++) {
		enum row_fate v = judge(b, &b->rows.v[i], view);

		t->hidden += v == ROW_HIDDEN;
		if (v == ROW_SHOWN && !add_line(t, i))
			err = -ENOMEM;
	}
	t->shown = t->lines.nr;
	if (!err && t->lines.nr)
		qsort_r(t->lines.v, t->lines.nr, sizeof(*t->lines.v), compare, &order);
	if (!err && view->tree)
		err = make_tree(t, b);
	find_again(t, b);
	return err;
}

void port_list_choose(struct port_list *t, const struct board *b, size_t line)
{
	size_t last = t->lines.nr ? t->lines.nr - 1 : 0;

	t->chosen = line > last ? last : line;
	remember(t, b);
}

void port_list_move(struct port_list *t, const struct board *b, long lines)
{
	size_t up = lines < 0 ? (size_t)-lines : 0;

	if (up)
		port_list_choose(t, b, up > t->chosen ? 0 : t->chosen - up);
	else
		port_list_choose(t, b, t->chosen + (size_t)lines);
}

void port_list_scroll(struct port_list *t, size_t height)
{
	if (t->chosen < t->top)
		t->top = t->chosen;
	if (height && t->chosen >= t->top + height)
		t->top = t->chosen - height + 1;
	/* No empty lines below while there are some above. */
	if (t->top && t->lines.nr < t->top + height)
		t->top = t->lines.nr > height ? t->lines.nr - height : 0;
}

const struct board_row *port_list_row(const struct port_list *t, const struct board *b)
{
	return t->chosen < t->lines.nr ? &b->rows.v[t->lines.v[t->chosen].row] : NULL;
}

static bool line_has(const struct board *b, const struct list_line *l, const char *text)
{
	const struct board_row *r = &b->rows.v[l->row];
	char port[8];

	if (isdigit((unsigned char)*text)) {
		snprintf(port, sizeof(port), "%u", r->key.port);
		return !strncmp(port, text, strlen(text));
	}
	if (l->owner != SIZE_MAX)
		return filter_line_has_word(&b->a.processes[l->owner], text);
	for (size_t i = 0; i < r->nr_owners; i++)
		if (filter_line_has_word(board_owner(b, r, i), text))
			return true;
	return false;
}

bool port_list_search(struct port_list *t, const struct board *b, const char *text, size_t from)
{
	for (size_t i = 0; *text && i < t->lines.nr; i++) {
		size_t line = (from + i) % t->lines.nr;

		if (line_has(b, &t->lines.v[line], text)) {
			port_list_choose(t, b, line);
			return true;
		}
	}
	return false;
}
