// SPDX-License-Identifier: GPL-2.0-or-later
#include "tui/columns.h"

#include <string.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "model/names.h"

#define CMDLINE_SHOWN 1024 /* no screen is wider */

/* For the process beside what nobody is without, and beside what is nice to have. */
#define LEAST 12
#define AMPLE 40

const struct column_info columns[COLUMN_MAX] = {
	[COLUMN_PORT] = { "PORT", "port", 9, 12, LEAST, false, false },
	[COLUMN_STATE] = { "STATE", "state", 6, 9, LEAST, false, false },
	[COLUMN_ADDRESS] = { "ADDRESS", "address", 39, 8, LEAST, false, false },
	[COLUMN_CONNS] = { "CONN", "conn", 7, 11, LEAST, true, true },
	[COLUMN_ACCEPTS] = { "ACC/s", "accepts", 7, 10, LEAST, true, true },
	[COLUMN_TIMEWAIT] = { "TW", "timewait", 7, 7, LEAST, true, true },
	[COLUMN_TW_RATE] = { "TW/s", "timewait-rate", 7, 4, LEAST, true, true },
	[COLUMN_NETNS] = { "NETNS", "netns", 10, 3, LEAST, true, false },
	[COLUMN_USER] = { "USER", "user", 12, 6, LEAST, false, false },
	[COLUMN_AGE] = { "AGE", "age", 4, 2, AMPLE, true, true },
	[COLUMN_UNIT] = { "UNIT", "unit", 20, 5, LEAST, false, false },
	[COLUMN_DIRECTORY] = { "DIRECTORY", "directory", 32, 1, AMPLE, false, false },
	[COLUMN_PROCESS] = { "PROCESS", "process", SIZE_MAX, 13, LEAST, false, false },
};

const char *const column_names[] = { "port",	 "state",	  "address", "conn", "accepts",
				     "timewait", "timewait-rate", "netns",   "user", "age",
				     "unit",	 "directory",	  "process", NULL };

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

/* Return how old the process is in seconds, 0: unknown. */
static uint64_t age_of(const struct board *b, const struct process *p)
{
	uint64_t start = p ? p->id.start_ns : 0;

	return start && start < b->a.time_ns ? (b->a.time_ns - start) / NSEC_PER_SEC : 0;
}

static void add_age(struct strbuf *out, uint64_t seconds)
{
	static const struct {
		unsigned int seconds;
		char unit;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (seconds >= 2 * units[i].seconds || (seconds && units[i].seconds == 1)) {
			strbuf_addf(out, "%llu%c", (unsigned long long)(seconds / units[i].seconds),
				    units[i].unit);
			return;
		}
}

static void add_unit(struct strbuf *out, const struct process *p)
{
	if (p->container)
		strbuf_add(out, p->container, strnlen(p->container, 12));
	else if (p->unit)
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

/* Return how much of the command is the directory of its program, which only the details show. */
static size_t directory_len(const struct process *p)
{
	size_t len = 0;

	for (size_t i = 0; i < p->cmdline_len && p->cmdline[i] && p->cmdline[i] != ' '; i++)
		len = p->cmdline[i] == '/' ? i + 1 : len;
	return len;
}

static void add_processes(struct strbuf *out, const struct board *b, const struct list_line *l,
			  bool ascii)
{
	const struct board_row *r = &b->rows.v[l->row];
	const struct process *p = owner_of(b, l);
	size_t len, skip;

	if (l->owner != SIZE_MAX)
		add_tree(out, l, ascii);
	if (!p) {
		const struct socket *s = &b->a.sockets[r->first_socket];

		strbuf_adds(out, s->s.flags & PW_F_KERNEL ? "(kernel)" : "-");
		return;
	}
	add_process(out, p);
	if (l->owner == SIZE_MAX && r->nr_owners > 1)
		strbuf_addf(out, " +%zu", r->nr_owners - 1);
	if (!p->cmdline || !p->cmdline_len)
		return;
	strbuf_addc(out, ' ');
	skip = directory_len(p);
	len = text_cut(p->cmdline + skip, p->cmdline_len - skip, CMDLINE_SHOWN);
	for (size_t i = skip; i < skip + len; i++)
		strbuf_addc(out, p->cmdline[i] ? p->cmdline[i] : ' ');
}

static void add_of_process(struct strbuf *out, const struct board *b, const struct process *p,
			   enum column c)
{
	if (c == COLUMN_USER && p->user)
		strbuf_adds(out, p->user);
	else if (c == COLUMN_USER)
		strbuf_addu(out, p->id.uid);
	else if (c == COLUMN_AGE)
		add_age(out, age_of(b, p));
	else if (c == COLUMN_UNIT)
		add_unit(out, p);
	else if (c == COLUMN_DIRECTORY)
		strbuf_adds(out, p->cwd ? p->cwd : "");
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
	case COLUMN_PROCESS:
		add_processes(out, b, l, opts->ascii);
		break;
	default:
		if (p)
			add_of_process(out, b, p, c);
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

/* Whether nobody misses its title where none of its cells has anything. */
static bool is_optional(enum column c)
{
	return c == COLUMN_NETNS || c == COLUMN_AGE || c == COLUMN_UNIT || c == COLUMN_DIRECTORY;
}

void columns_share(size_t width, const size_t used[COLUMN_MAX], size_t ret[COLUMN_MAX])
{
	size_t sum = 0;

	for (int c = 0; c < COLUMN_PROCESS; c++) {
		size_t title = strlen(columns[c].title);

		ret[c] = used[c] < title	  ? title :
			 used[c] > columns[c].max ? columns[c].max :
						    used[c];
		if (!used[c] && is_optional((enum column)c))
			ret[c] = 0;
		sum += ret[c] ? ret[c] + 1 : 0;
	}
	for (;;) {
		enum column c = least(ret);

		if (c == COLUMN_MAX || c == COLUMN_PORT || sum + columns[c].room <= width)
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
	case COLUMN_AGE:
		return compare_number((double)age_of(b, px), (double)age_of(b, py));
	case COLUMN_DIRECTORY:
		return compare_text(px ? px->cwd : NULL, py ? py->cwd : NULL);
	case COLUMN_UNIT:
		return compare_text(px ? px->unit : NULL, py ? py->unit : NULL);
	case COLUMN_PROCESS:
		return compare_process(px, py);
	default:
		return 0;
	}
}
