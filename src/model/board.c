// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/board.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/cleanup.h"
#include "model/plan.h"
#include "model/portspec.h"

void board_init(struct board *b)
{
	*b = (struct board){};
	answer_init(&b->a);
}

void board_done(struct board *b)
{
	answer_done(&b->a);
	free(b->info);
	free(b->rows.v);
	free(b->owners.v);
	board_init(b);
}

#define COMPARE(a, b)                                                                              \
	do {                                                                                       \
		if ((a) != (b))                                                                    \
			return (a) < (b) ? -1 : 1;                                                 \
	} while (0)

int board_compare_keys(const struct board_key *a, const struct board_key *b)
{
	COMPARE(a->port, b->port);
	COMPARE(a->proto, b->proto);
	COMPARE(a->netns, b->netns);
	COMPARE(a->family, b->family);
	return memcmp(&a->addr, &b->addr, sizeof(a->addr));
}

static struct board_key key_of(const struct pw_sock *s)
{
	return (struct board_key){
		.netns = s->netns,
		.port = s->lport,
		.proto = s->proto,
		.family = s->family,
		.addr = s->laddr,
	};
}

static int compare_sockets(const void *pa, const void *pb)
{
	const struct socket *a = pa, *b = pb;
	struct board_key ka = key_of(&a->s), kb = key_of(&b->s);
	int r = board_compare_keys(&ka, &kb);

	if (r)
		return r;
	COMPARE(a->s.since_ns, b->s.since_ns);
	COMPARE(a->sk, b->sk);
	return 0;
}

static bool is_kept(void *arg, const struct answer *a, const struct socket *s)
{
	const uint64_t *ports = arg;

	(void)a;
	return !port_bit(ports, s->s.lport);
}

static bool is_gone(void *arg, const struct answer *a, const struct socket *s)
{
	(void)arg;
	(void)a;
	(void)s;
	return false;
}

/* Give the index of a process on the board. A process that runs another program now, or
 * as another user, is asked anew. */
static int take_process(struct board *b, const struct process *p, size_t *ret)
{
	size_t before = b->a.nr_processes;
	struct board_process *info;
	int err = answer_add_process(&b->a, &p->id, p->pid, ret);

	if (err)
		return err;
	if (*ret == before) {
		info = reallocarray(b->info, before + 1, sizeof(*info));
		if (!info)
			return -ENOMEM;
		b->info = info;
		info[before] = (struct board_process){};
	} else if (memcmp(b->a.processes[*ret].id.comm, p->id.comm, sizeof(p->id.comm)) != 0 ||
		   b->a.processes[*ret].id.uid != p->id.uid) {
		process_done(&b->a.processes[*ret]);
		b->a.processes[*ret].id = p->id;
		b->info[*ret].described = false;
	}
	return 0;
}

/* Moves a socket with all that belongs to it. */
static int take_socket(struct board *b, struct answer *look, struct socket *from)
{
	struct socket *to;

	for (size_t i = 0; i < from->nr_holders; i++) {
		size_t index;
		int err = take_process(b, &look->processes[from->holders[i].process], &index);

		if (err)
			return err;
		from->holders[i].process = index;
	}
	to = answer_add_socket(&b->a);
	if (!to)
		return -ENOMEM;
	*to = *from;
	from->holders = NULL;
	from->nr_holders = 0;
	return 0;
}

/* Leaves only processes that hold something. */
static int compact(struct board *b)
{
	_cleanup_free_ size_t *new_index = calloc(b->a.nr_processes + 1, sizeof(*new_index));
	size_t kept = 0;

	if (!new_index)
		return -ENOMEM;
	for (size_t i = 0; i < b->a.nr_sockets; i++)
		for (size_t k = 0; k < b->a.sockets[i].nr_holders; k++)
			new_index[b->a.sockets[i].holders[k].process] = 1;
	for (size_t i = 0; i < b->a.nr_processes; i++) {
		if (!new_index[i]) {
			process_done(&b->a.processes[i]);
			continue;
		}
		new_index[i] = kept;
		b->a.processes[kept] = b->a.processes[i];
		b->info[kept++] = b->info[i];
	}
	b->a.nr_processes = kept;
	for (size_t i = 0; i < b->a.nr_sockets; i++)
		for (size_t k = 0; k < b->a.sockets[i].nr_holders; k++)
			b->a.sockets[i].holders[k].process =
				new_index[b->a.sockets[i].holders[k].process];
	return 0;
}

static int compare_owners(const void *pa, const void *pb, void *arg)
{
	const struct answer *a = arg;
	const struct process *x = &a->processes[*(const size_t *)pa],
			     *y = &a->processes[*(const size_t *)pb];

	COMPARE(x->id.start_ns, y->id.start_ns);
	COMPARE(x->id.tgid, y->id.tgid);
	return 0;
}

static int add_owner(struct board *b, struct board_row *r, size_t process)
{
	size_t *owner;

	for (size_t i = 0; i < r->nr_owners; i++)
		if (b->owners.v[r->first_owner + i] == process)
			return 0;
	owner = VEC_ADD(&b->owners);
	if (!owner)
		return -ENOMEM;
	*owner = process;
	r->nr_owners++;
	return 0;
}

static uint8_t stronger(uint8_t a, uint8_t b)
{
	if (a == PW_LISTEN || b == PW_LISTEN)
		return PW_LISTEN;
	return a == PW_UNCONN || b == PW_UNCONN ? PW_UNCONN : PW_BOUND;
}

static int fill_row(struct board *b, struct board_row *r)
{
	r->first_owner = b->owners.nr;
	for (size_t i = 0; i < r->nr_sockets; i++) {
		const struct socket *s = &b->a.sockets[r->first_socket + i];

		r->state = i ? stronger(r->state, s->s.state) : s->s.state;
		if (s->s.since_ns && (!r->since_ns || s->s.since_ns < r->since_ns))
			r->since_ns = s->s.since_ns;
		for (size_t k = 0; k < s->nr_holders; k++)
			if (add_owner(b, r, s->holders[k].process))
				return -ENOMEM;
	}
	if (r->nr_owners)
		qsort_r(b->owners.v + r->first_owner, r->nr_owners, sizeof(*b->owners.v),
			compare_owners, &b->a);
	return 0;
}

static void inherit(struct board_row *r, const struct board_row *old)
{
	r->conns = old->conns;
	r->accepted = old->accepted;
	r->accept_rate = old->accept_rate;
	r->timewait = old->timewait;
	r->timewait_rate = old->timewait_rate;
}

static bool same_port(const struct board_row *a, const struct board_row *b)
{
	return a->key.port == b->key.port && a->key.proto == b->key.proto;
}

static int build_rows(struct board *b)
{
	_cleanup_(board_done) struct board old = { .rows.v = b->rows.v, .rows.nr = b->rows.nr };
	struct board_row *row = NULL;

	memset(&b->rows, 0, sizeof(b->rows));
	b->owners.nr = 0;
	for (size_t i = 0; i < b->a.nr_sockets; i++) {
		struct board_key key = key_of(&b->a.sockets[i].s);
		const struct board_row *before;

		if (row && !board_compare_keys(&row->key, &key)) {
			row->nr_sockets++;
			continue;
		}
		row = VEC_ADD(&b->rows);
		if (!row)
			return -ENOMEM;
		*row = (struct board_row){ .key = key, .first_socket = i, .nr_sockets = 1 };
		before = board_find(&old, &key);
		if (before)
			inherit(row, before);
	}
	for (size_t i = 0; i < b->rows.nr; i++) {
		row = &b->rows.v[i];
		row->alone = (!i || !same_port(row, row - 1)) &&
			     (i + 1 == b->rows.nr || !same_port(row, row + 1));
		if (fill_row(b, row))
			return -ENOMEM;
	}
	return 0;
}

int board_update(struct board *b, struct answer *look, const uint64_t *ports)
{
	int err = 0;

	answer_keep(&b->a, ports ? is_kept : is_gone, (void *)ports);
	for (size_t i = 0; i < look->nr_sockets && !err; i++)
		if (plan_is_listening(&look->sockets[i]) &&
		    (!ports || port_bit(ports, look->sockets[i].s.lport)))
			err = take_socket(b, look, &look->sockets[i]);
	b->a.time_ns = look->time_ns;
	b->a.from_tracker = look->from_tracker;
	b->a.degraded = look->degraded;
	if (!err)
		err = compact(b);
	if (b->a.nr_sockets)
		qsort(b->a.sockets, b->a.nr_sockets, sizeof(*b->a.sockets), compare_sockets);
	return err ? err : build_rows(b);
}

static int compare_to_row(const void *key, const void *row)
{
	return board_compare_keys(key, &((const struct board_row *)row)->key);
}

struct board_row *board_find(const struct board *b, const struct board_key *key)
{
	return b->rows.nr ?
		       bsearch(key, b->rows.v, b->rows.nr, sizeof(*b->rows.v), compare_to_row) :
		       NULL;
}

/* As the kernel does: the address itself, the wildcard of its family, then [::] for IPv4. */
struct board_row *board_taker(const struct board *b, const struct board_key *to)
{
	struct board_key key = *to;
	struct board_row *row;

	row = board_find(b, &key);
	if (row)
		return row;
	addr_unmap(&key.family, &key.addr);
	row = key.family != to->family ? board_find(b, &key) : NULL;
	if (row)
		return row;
	memset(&key.addr, 0, sizeof(key.addr));
	row = board_find(b, &key);
	if (row || key.family == PW_INET6)
		return row;
	key.family = PW_INET6;
	return board_find(b, &key);
}

void board_accepted(struct board *b, const struct pw_event *ev)
{
	struct board_key to = {
		.netns = ev->netns,
		.port = ev->lport,
		.proto = ev->proto,
		.family = ev->family,
		.addr = ev->laddr,
	};
	struct board_row *row = board_taker(b, &to);

	if (row)
		row->accepted++;
}

void board_tick(struct board *b, uint64_t elapsed_ns)
{
	b->accept_rate = 0;
	for (size_t i = 0; i < b->rows.nr && elapsed_ns; i++) {
		struct board_row *r = &b->rows.v[i];

		r->accept_rate = (double)r->accepted * 1e9 / (double)elapsed_ns;
		r->accepted = 0;
		b->accept_rate += r->accept_rate;
	}
}
