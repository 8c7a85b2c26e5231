// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/picture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COMPARE(a, b)                                                                              \
	do {                                                                                       \
		if ((a) != (b))                                                                    \
			return (a) < (b) ? -1 : 1;                                                 \
	} while (0)

void picture_done(struct picture *p)
{
	free(p->entries.v);
	free(p->slots.v);
	free(p->procs.v);
	free(p->members.v);
	free(p->timewait.v);
	free(p->ports);
	free(p->kernel.v);
	free(p->kernel_timewait.v);
	free(p->diag.v);
	free(p->tasks.v);
	*p = (struct picture){};
}

int picture_by_sk(const void *pa, const void *pb)
{
	const struct audit_socket *a = pa, *b = pb;

	COMPARE(a->sk, b->sk);
	return 0;
}

int picture_by_place(const void *pa, const void *pb)
{
	const struct audit_slot *a = pa, *b = pb;

	COMPARE(a->key.proto, b->key.proto);
	COMPARE(a->key.port, b->key.port);
	COMPARE(a->key.slot, b->key.slot);
	return 0;
}

int picture_by_tgid(const void *pa, const void *pb)
{
	const struct audit_proc *a = pa, *b = pb;

	COMPARE(a->tgid, b->tgid);
	return 0;
}

int picture_by_task(const void *pa, const void *pb)
{
	const struct pw_actor *a = pa, *b = pb;

	COMPARE(a->tgid, b->tgid);
	return 0;
}

int picture_by_timewait(const void *pa, const void *pb)
{
	return memcmp(pa, pb, sizeof(struct pw_tw_key));
}

int picture_by_tuple(const void *pa, const void *pb)
{
	const struct pw_sock *a = pa, *b = pb;
	int r;

	COMPARE(a->netns, b->netns);
	COMPARE(a->proto, b->proto);
	COMPARE(a->family, b->family);
	COMPARE(a->lport, b->lport);
	COMPARE(a->rport, b->rport);
	r = memcmp(&a->laddr, &b->laddr, sizeof(a->laddr));
	return r ?: memcmp(&a->raddr, &b->raddr, sizeof(a->raddr));
}

const struct audit_socket *picture_entry(const struct picture *p, uint64_t sk)
{
	struct audit_socket key = { .sk = sk };

	return p->entries.nr ?
		       bsearch(&key, p->entries.v, p->entries.nr, sizeof(key), picture_by_sk) :
		       NULL;
}

/* Both the walk over files and the protocol's table show most sockets. */
static void unite_kernel(struct picture *p)
{
	size_t kept = 0;

	VEC_SORT(&p->kernel, picture_by_sk);
	for (size_t i = 0; i < p->kernel.nr; i++)
		if (!kept || p->kernel.v[kept - 1].sk != p->kernel.v[i].sk)
			p->kernel.v[kept++] = p->kernel.v[i];
	p->kernel.nr = kept;
}

static int by_cookie(const void *pa, const void *pb)
{
	const struct pw_sock *a = pa, *b = pb;

	COMPARE(a->cookie, b->cookie);
	return 0;
}

/* Return what sock_diag says of the socket of an entry, or NULL. diag is in the order of cookies.
 */
static const struct pw_sock *shown(const struct picture *p, const struct audit_socket *e)
{
	return e->s.cookie && p->diag.nr ?
		       bsearch(&e->s, p->diag.v, p->diag.nr, sizeof(*p->diag.v), by_cookie) :
		       NULL;
}

/* nr: that many of the kernel's sockets are in order. */
static bool kernel_has(const struct picture *p, size_t nr, uint64_t sk)
{
	struct audit_socket key = { .sk = sk };

	return nr && bsearch(&key, p->kernel.v, nr, sizeof(key), picture_by_sk);
}

static int join_diag(struct picture *p)
{
	const size_t nr = p->kernel.nr;

	VEC_SORT(&p->diag, by_cookie);
	for (size_t i = 0; i < p->entries.nr; i++) {
		struct audit_socket *e = &p->entries.v[i], *new;
		const struct pw_sock *s = e->alive || e->undecided ? shown(p, e) : NULL;

		if (!s)
			continue;
		e->undecided = false;
		e->alive = true;
		if (!p->by_diag || kernel_has(p, nr, e->sk))
			continue;
		new = VEC_ADD(&p->kernel);
		if (!new)
			return -ENOMEM;
		*new = (struct audit_socket){ .sk = e->sk, .s = *s };
	}
	VEC_SORT(&p->kernel, picture_by_sk);
	return 0;
}

/* Settle entries that nobody could ask about: a socket that is shown is there, and others are not
 * said to be gone. */
static void settle_undecided(struct picture *p)
{
	for (size_t i = 0; i < p->entries.nr; i++) {
		struct audit_socket *e = &p->entries.v[i];

		if (e->undecided && !kernel_has(p, p->kernel.nr, e->sk))
			p->uncompared |= UNCOMPARED_STALE;
		e->alive = e->alive || e->undecided;
	}
}

int picture_sort(struct picture *p)
{
	VEC_SORT(&p->entries, picture_by_sk);
	VEC_SORT(&p->slots, picture_by_place);
	VEC_SORT(&p->procs, picture_by_tgid);
	VEC_SORT(&p->tasks, picture_by_task);
	VEC_SORT(&p->kernel_timewait, picture_by_timewait);
	unite_kernel(p);
	if (join_diag(p))
		return -ENOMEM;
	settle_undecided(p);
	return 0;
}
