// SPDX-License-Identifier: GPL-2.0-or-later
/* What an audit compares besides sockets and their index: families, TIME-WAIT, and the second
 * witness. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/audit_parts.h"

/* ---- families ---- */

int audit_by_task(const void *pa, const void *pb)
{
	const struct pw_actor *a = pa, *b = pb;

	COMPARE(a->tgid, b->tgid);
	return 0;
}

int audit_by_tgid(const void *pa, const void *pb)
{
	const struct audit_proc *a = pa, *b = pb;

	COMPARE(a->tgid, b->tgid);
	return 0;
}

int audit_families(const struct picture *p, struct faults *ret)
{
	for (size_t i = 0; i < p->procs.nr && p->tasks.nr; i++) {
		struct pw_actor key = { .tgid = p->procs.v[i].tgid };
		const struct pw_actor *task =
			bsearch(&key, p->tasks.v, p->tasks.nr, sizeof(key), audit_by_task);
		struct fault *new;

		if (task && task->start_ns == p->procs.v[i].p.start_ns)
			continue;
		new = audit_add(ret, FAULT_PROC);
		if (!new)
			return -ENOMEM;
		new->tgid = key.tgid;
	}
	for (size_t i = 0; i < p->kin.nr; i++) {
		const struct audit_kin *kin = &p->kin.v[i];
		struct audit_proc key = { .tgid = kin->tgid }, *proc;
		struct fault *new;

		proc = p->procs.nr ?
			       bsearch(&key, p->procs.v, p->procs.nr, sizeof(key), audit_by_tgid) :
			       NULL;
		if (proc && proc->p.family == kin->key.family && proc->p.member_nr == kin->key.nr)
			continue;
		new = audit_add(ret, FAULT_KIN);
		if (!new)
			return -ENOMEM;
		new->kin = kin->key;
		new->tgid = kin->tgid;
	}
	return 0;
}

/* ---- TIME-WAIT, sock_diag ---- */

static int by_tw_key(const void *pa, const void *pb)
{
	return memcmp(pa, pb, sizeof(struct pw_tw_key));
}

int audit_timewait(struct picture *p, struct faults *ret)
{
	VEC_SORT(&p->kernel_timewait, by_tw_key);
	for (size_t i = 0; i < p->timewait.nr; i++) {
		const struct pw_tw_key *key = &p->timewait.v[i].key;
		struct fault *new;

		if (p->kernel_timewait.nr &&
		    bsearch(key, p->kernel_timewait.v, p->kernel_timewait.nr, sizeof(*key),
			    by_tw_key))
			continue;
		new = audit_add(ret, FAULT_TIMEWAIT);
		if (!new)
			return -ENOMEM;
		new->at.s = (struct pw_sock){
			.proto = PW_TCP,
			.family = p->timewait.v[i].tw.family,
			.state = PW_TIME_WAIT,
			.laddr = key->laddr,
			.raddr = key->raddr,
			.lport = key->lport,
			.rport = key->rport,
			.netns = key->netns,
		};
	}
	return 0;
}

int audit_by_tuple(const void *pa, const void *pb)
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

static bool kernel_has(const struct picture *p, uint64_t sk)
{
	struct audit_socket key = { .sk = sk };

	return p->kernel.nr && bsearch(&key, p->kernel.v, p->kernel.nr, sizeof(key), audit_by_sk);
}

/* The address of a socket that has no connection is not followed (see wrong_field). */
static struct pw_sock tuple_of(const struct pw_sock *s)
{
	struct pw_sock t = *s;

	if (t.proto == PW_TCP && (t.state == PW_BOUND || t.state == PW_CLOSE)) {
		memset(&t.laddr, 0, sizeof(t.laddr));
		memset(&t.raddr, 0, sizeof(t.raddr));
		t.rport = 0;
	}
	return t;
}

/* As many of each address as sock_diag shows must be shown by the iterators; or by the entries,
 * for a socket in flight that does not listen is in no table. */
int audit_diag(struct picture *p, struct faults *ret)
{
	VEC(struct pw_sock) kernel = {};
	size_t k = 0;
	int err = 0;

	for (size_t i = 0; i < p->kernel.nr && !err; i++) {
		struct pw_sock *copy = VEC_ADD(&kernel);

		if (copy)
			*copy = tuple_of(&p->kernel.v[i].s);
		else
			err = -ENOMEM;
	}
	for (size_t i = 0; i < p->entries.nr && !err; i++) {
		const struct audit_socket *e = &p->entries.v[i];
		struct pw_sock *copy;

		if (!e->alive || kernel_has(p, e->sk))
			continue;
		copy = VEC_ADD(&kernel);
		if (copy)
			*copy = tuple_of(&e->s);
		else
			err = -ENOMEM;
	}
	for (size_t i = 0; i < p->diag.nr; i++)
		p->diag.v[i] = tuple_of(&p->diag.v[i]);
	VEC_SORT(&kernel, audit_by_tuple);
	VEC_SORT(&p->diag, audit_by_tuple);
	for (size_t i = 0; i < p->diag.nr && !err; i++) {
		struct audit_socket unseen = { .s = p->diag.v[i] };

		while (k < kernel.nr && audit_by_tuple(&kernel.v[k], &unseen.s) < 0)
			k++;
		if (k < kernel.nr && !audit_by_tuple(&kernel.v[k], &unseen.s))
			k++; /* this one is taken */
		else
			err = audit_add_socket(ret, FAULT_UNSEEN, &unseen);
	}
	free(kernel.v);
	return err;
}
