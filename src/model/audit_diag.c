// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/audit_diag.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool kernel_has(const struct picture *p, uint64_t sk)
{
	struct audit_socket key = { .sk = sk };

	return p->kernel.nr && bsearch(&key, p->kernel.v, p->kernel.nr, sizeof(key), picture_by_sk);
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

struct tuples {
	VEC(struct pw_sock) list;
};

static int add_tuple(struct tuples *t, const struct pw_sock *s)
{
	struct pw_sock *new = VEC_ADD(&t->list);

	if (!new)
		return -ENOMEM;
	*new = tuple_of(s);
	return 0;
}

/* Collect the sockets that are known by their struct sock, and the live entries of sockets that
 * they do not: in flight, or bound and not listening. */
static int gather(const struct picture *p, struct tuples *t)
{
	for (size_t i = 0; i < p->kernel.nr; i++)
		if (add_tuple(t, &p->kernel.v[i].s))
			return -ENOMEM;
	for (size_t i = 0; i < p->entries.nr; i++) {
		const struct audit_socket *e = &p->entries.v[i];

		if (e->alive && !kernel_has(p, e->sk) && add_tuple(t, &e->s))
			return -ENOMEM;
	}
	VEC_SORT(&t->list, picture_by_tuple);
	return 0;
}

/* Of each address as many sockets must be known as sock_diag shows. */
static int compare(const struct picture *p, const struct tuples *known, struct faults *ret)
{
	size_t k = 0;

	for (size_t i = 0; i < p->diag.nr; i++) {
		struct audit_socket unseen = { .s = p->diag.v[i] };

		while (k < known->list.nr && picture_by_tuple(&known->list.v[k], &unseen.s) < 0)
			k++;
		if (k < known->list.nr && !picture_by_tuple(&known->list.v[k], &unseen.s))
			k++; /* this one is taken */
		else if (faults_add_socket(ret, p->by_diag ? FAULT_MISSING : FAULT_UNSEEN, &unseen))
			return -ENOMEM;
	}
	return 0;
}

int audit_diag(struct picture *p, struct faults *ret)
{
	struct tuples known = {};
	int err;

	for (size_t i = 0; i < p->diag.nr; i++)
		p->diag.v[i] = tuple_of(&p->diag.v[i]);
	VEC_SORT(&p->diag, picture_by_tuple);
	err = gather(p, &known);
	if (!err)
		err = compare(p, &known, ret);
	free(known.list.v);
	return err;
}
