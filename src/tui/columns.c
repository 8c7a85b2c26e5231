// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/columns.h"

#include <string.h>

#include "base/addr.h"
#include "base/text.h"
#include "model/names.h"

#define CMDLINE_SHOWN 1024 /* no screen is wider */

#define PROCESS_ROOM 12 /* less is no use */

const struct column_info columns[COLUMN_MAX] = {
	[COLUMN_PORT] = { "PORT", "port", 9, 10, false, false },
	[COLUMN_STATE] = { "STATE", "state", 6, 7, false, false },
	[COLUMN_ADDRESS] = { "ADDRESS", "address", 39, 6, false, false },
	[COLUMN_CONNS] = { "CONN", "conn", 7, 9, true, true },
	[COLUMN_ACCEPTS] = { "ACC/s", "accepts", 7, 8, true, true },
	[COLUMN_TIMEWAIT] = { "TW", "timewait", 7, 5, true, true },
	[COLUMN_TW_RATE] = { "TW/s", "timewait-rate", 7, 2, true, true },
	[COLUMN_NETNS] = { "NETNS", "netns", 10, 1, true, false },
	[COLUMN_USER] = { "USER", "user", 12, 4, false, false },
	[COLUMN_UNIT] = { "UNIT", "unit", 20, 3, false, false },
	[COLUMN_PROCESS] = { "PROCESS", "process", SIZE_MAX, 11, false, false },
};

const char *const column_names[] = { "port",	"state",    "address",	     "conn",
				     "accepts", "timewait", "timewait-rate", "netns",
				     "user",	"unit",	    "process",	     NULL };

static const struct process *owner_of(const struct board *b, const struct list_line *l)
{
	const struct board_row *r = &b->rows.v[l->row];

	if (l->owner != SIZE_MAX)
		return &b->a.processes[l->owner];
	return r->nr_owners ? board_owner(b, r, 0) : NULL;
}

static void add_count(struct strbuf *out, uint64_t n)
{
	if (n)
		strbuf_addu(out, n);
}

/* Add a rate; nothing if it rounds to 0. */
static void add_rate(struct strbuf *out, double rate)
{
	if (rate >= 99.95)
		strbuf_addf(out, "%.0f", rate);
	else if (rate >= 0.05)
		strbuf_addf(out, "%.1f", rate);
}

static void add_address(struct strbuf *out, const struct board_key *k)
{
	char buf[ADDR_LEN];
	size_t n = addr_format(k->family, &k->addr, buf);

	strbuf_add(out, buf, n);
}

static void add_place(struct strbuf *out, const struct process *p)
{
	if (p && p->container)
		strbuf_add(out, p->container, strnlen(p->container, 12));
	else if (p && p->unit)
		strbuf_adds(out, p->unit);
}

static void add_process(struct strbuf *out, const struct process *p)
{
	strbuf_add(out, p->id.comm, strnlen(p->id.comm, sizeof(p->id.comm)));
	strbuf_addf(out, "[%u]", p->pid ? p->pid : p->id.tgid);
}

static void add_tree(struct strbuf *out, const struct list_line *l, bool ascii)
{
	if (!l->depth)
		return;
	strbuf_addn(out, ' ', 2 * (size_t)(l->depth - 1));
	if (l->more)
		strbuf_adds(out, "  ");
	else
		strbuf_adds(out, ascii ? "`-" : "└─");
}

static void add_processes(struct strbuf *out, const struct board *b, const struct list_line *l,
			  bool ascii)
{
	const struct board_row *r = &b->rows.v[l->row];
	const struct process *p = owner_of(b, l);
	size_t len;

	if (l->owner != SIZE_MAX)
		add_tree(out, l, ascii);
	if (!p) {
		const struct socket *s = &b->a.sockets[r->first_socket];

		strbuf_adds(out, s->s.flags & PW_F_KERNEL ? "(kernel)" : "-");
		return;
	}
	add_process(out, p);
	if (l->owner == SIZE_MAX && r->nr_owners > 1)
		strbuf_addf(out, ",+%zu", r->nr_owners - 1);
	if (!p->cmdline || !p->cmdline_len)
		return;
	strbuf_addc(out, ' ');
	len = text_cut(p->cmdline, p->cmdline_len, CMDLINE_SHOWN);
	for (size_t i = 0; i < len; i++)
		strbuf_addc(out, p->cmdline[i] ? p->cmdline[i] : ' ');
}

void column_cell(struct strbuf *out, const struct board *b, const struct list_line *l,
		 enum column c, const struct cell_opts *opts)
{
	const struct board_row *r = &b->rows.v[l->row];
	const struct process *p = owner_of(b, l);

	switch (c) {
	case COLUMN_PORT:
		strbuf_addf(out, "%u/%s", r->key.port, names_proto(r->key.proto));
		break;
	case COLUMN_STATE:
		strbuf_adds(out, names_state(r->state));
		break;
	case COLUMN_ADDRESS:
		add_address(out, &r->key);
		break;
	case COLUMN_CONNS:
		add_count(out, r->conns);
		break;
	case COLUMN_ACCEPTS:
		add_rate(out, r->accept_rate);
		break;
	case COLUMN_TIMEWAIT:
		add_count(out, r->timewait);
		break;
	case COLUMN_TW_RATE:
		add_rate(out, r->timewait_rate);
		break;
	case COLUMN_NETNS:
		if (opts->netns && r->key.netns != opts->netns)
			strbuf_addu(out, r->key.netns);
		break;
	case COLUMN_USER:
		if (p && p->user)
			strbuf_adds(out, p->user);
		else if (p)
			strbuf_addu(out, p->id.uid);
		break;
	case COLUMN_UNIT:
		add_place(out, p);
		break;
	case COLUMN_PROCESS:
		add_processes(out, b, l, opts->ascii);
		break;
	case COLUMN_MAX:
		break;
	}
}

/* The shown column that is missed least; COLUMN_MAX: there is only the process left. */
static enum column least(const size_t widths[COLUMN_MAX])
{
	enum column found = COLUMN_MAX;

	for (int c = 0; c < COLUMN_PROCESS; c++)
		if (widths[c] && (found == COLUMN_MAX || columns[c].keep < columns[found].keep))
			found = (enum column)c;
	return found;
}

void columns_share(size_t width, const size_t used[COLUMN_MAX], size_t ret[COLUMN_MAX])
{
	size_t sum = 0;

	for (int c = 0; c < COLUMN_PROCESS; c++) {
		size_t title = strlen(columns[c].title);

		ret[c] = used[c] < title	  ? title :
			 used[c] > columns[c].max ? columns[c].max :
						    used[c];
		if (!used[c] && (c == COLUMN_NETNS || c == COLUMN_UNIT))
			ret[c] = 0;
		sum += ret[c] ? ret[c] + 1 : 0;
	}
	while (sum + PROCESS_ROOM > width) {
		enum column c = least(ret);

		if (c == COLUMN_MAX || c == COLUMN_PORT)
			break;
		sum -= ret[c] + 1;
		ret[c] = 0;
	}
	ret[COLUMN_PROCESS] = width > sum ? width - sum : 0;
}

static int compare_text(const char *x, const char *y)
{
	return x && y ? strcmp(x, y) : !x - !y;
}

static int compare_number(double x, double y)
{
	return x < y ? -1 : x > y;
}

static int compare_process(const struct process *x, const struct process *y)
{
	int r;

	if (!x || !y)
		return !x - !y;
	r = strncmp(x->id.comm, y->id.comm, sizeof(x->id.comm));
	return r ? r : compare_number(x->id.tgid, y->id.tgid);
}

int column_compare(const struct board *b, const struct board_row *x, const struct board_row *y,
		   enum column c)
{
	const struct process *px = x->nr_owners ? board_owner(b, x, 0) : NULL,
			     *py = y->nr_owners ? board_owner(b, y, 0) : NULL;

	switch (c) {
	case COLUMN_STATE:
		return compare_text(names_state(x->state), names_state(y->state));
	case COLUMN_ADDRESS:
		return addr_compare(x->key.family, &x->key.addr, y->key.family, &y->key.addr);
	case COLUMN_CONNS:
		return compare_number((double)x->conns, (double)y->conns);
	case COLUMN_ACCEPTS:
		return compare_number(x->accept_rate, y->accept_rate);
	case COLUMN_TIMEWAIT:
		return compare_number((double)x->timewait, (double)y->timewait);
	case COLUMN_TW_RATE:
		return compare_number(x->timewait_rate, y->timewait_rate);
	case COLUMN_NETNS:
		return compare_number(x->key.netns, y->key.netns);
	case COLUMN_USER:
		return compare_text(px ? px->user : NULL, py ? py->user : NULL);
	case COLUMN_UNIT:
		return compare_text(px ? px->unit : NULL, py ? py->unit : NULL);
	case COLUMN_PROCESS:
		return compare_process(px, py);
	default:
		return 0;
	}
}
