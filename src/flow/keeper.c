// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/keeper.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/vec.h"
#include "model/portspec.h"
#include "sys/incall.h"
#include "sys/ring.h"
#include "tables/diag.h"

/* Must a process have it, and was none found? What closes, and TIME-WAIT, need none. */
static bool lacks_holder(const struct socket *s)
{
	static const uint32_t open = 1u << PW_LISTEN | 1u << PW_BOUND | 1u << PW_UNCONN |
				     1u << PW_SYN_SENT | 1u << PW_ESTABLISHED | 1u << PW_CLOSE_WAIT;

	return !s->nr_holders && !s->kept_pid && !s->timewait && open >> s->s.state & 1 &&
	       !(s->s.flags & (PW_F_KERNEL | PW_F_RELEASED)) &&
	       (s->resolved == RESOLVED_VERIFIED || s->resolved == RESOLVED_WALK);
}

static void keep(struct socket *s, uint32_t pid, const char *comm, const char *call)
{
	s->kept_pid = pid;
	s->kept_call = call;
	memcpy(s->kept_comm, comm, sizeof(s->kept_comm));
}

/* ---- io_uring ---- */

struct kept {
	uint64_t key; /* its cookie, later its inode */
	struct socket *s;
};

struct kept_list {
	VEC(struct kept) list;
};

static int by_key(const void *pa, const void *pb)
{
	const struct kept *a = pa, *b = pb;

	return a->key < b->key ? -1 : a->key > b->key;
}

static struct socket *find(const struct kept_list *l, uint64_t key)
{
	const struct kept wanted = { .key = key };
	const struct kept *found =
		l->list.nr ? bsearch(&wanted, l->list.v, l->list.nr, sizeof(wanted), by_key) : NULL;

	return found ? found->s : NULL;
}

/* List the sockets that have no holder, by cookie or by inode, where that is known. */
static int list(struct answer *a, bool inodes, struct kept_list *ret)
{
	ret->list.nr = 0;
	for (size_t i = 0; i < a->nr_sockets; i++) {
		struct socket *s = &a->sockets[i];
		uint64_t key = inodes ? s->inode : s->inode ? 0 : s->s.cookie;
		struct kept *new = key &&lacks_holder(s) ? VEC_ADD(&ret->list) : NULL;

		if (new)
			*new = (struct kept){ key, s };
		else if (key && lacks_holder(s))
			return -ENOMEM;
	}
	VEC_SORT(&ret->list, by_key);
	return 0;
}

static int on_diag(void *arg, const struct pw_rec *rec)
{
	struct socket *s = rec->sock.cookie ? find(arg, rec->sock.cookie) : NULL;

	if (s)
		s->inode = rec->inode;
	return 0;
}

/* The tracker does not know the inodes of its sockets; sock_diag does, of this network namespace.
 */
static void find_inodes(const struct kept_list *l)
{
	uint64_t ports[PORTSPEC_WORDS] = {};
	struct question q = { .ports = ports };

	for (size_t i = 0; i < l->list.nr; i++)
		port_set(ports, l->list.v[i].s->s.lport);
	if (l->list.nr)
		diag_sockets(&q, on_diag, (void *)l);
}

static int on_ring_socket(void *arg, const struct ring_socket *r)
{
	struct socket *s = find(arg, r->inode);

	/* A ring may have been inherited, and a process may have the socket twice. */
	if (s && s->kept_pid)
		s->kept_others |= s->kept_pid != r->pid;
	else if (s)
		keep(s, r->pid, r->comm, NULL);
	return 0;
}

static int find_rings(struct answer *a)
{
	struct kept_list l = {};
	int err = list(a, false, &l);

	if (!err) {
		find_inodes(&l);
		err = list(a, true, &l);
	}
	if (!err && l.list.nr)
		ring_each_socket(on_ring_socket, &l);
	free(l.list.v);
	return err;
}

/* ---- system calls ---- */

static void find_call(struct socket *s)
{
	const struct pw_actor *who = sock_owner(&s->s);
	bool listens = s->s.state == PW_LISTEN;
	struct incall call;

	if ((who->tgid && s->creator_alive && incall_find(who->tgid, s->s.netns, listens, &call)) ||
	    incall_find(0, s->s.netns, listens, &call))
		keep(s, call.pid, call.comm, call.call);
}

int keeper_fill(struct answer *a)
{
	int err = find_rings(a);

	/* Calls are looked for at a listener, and at a UDP socket. */
	for (size_t i = 0; i < a->nr_sockets && !err; i++)
		if (lacks_holder(&a->sockets[i]) &&
		    (a->sockets[i].s.state == PW_LISTEN || a->sockets[i].s.state == PW_UNCONN))
			find_call(&a->sockets[i]);
	return err;
}
