// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/faults.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void faults_done(struct faults *f)
{
	free(f->list.v);
	*f = (struct faults){};
}

struct fault *faults_add(struct faults *f, enum fault_kind kind)
{
	struct fault *new = VEC_ADD(&f->list);

	if (new)
		new->kind = kind;
	return new;
}

int faults_add_socket(struct faults *f, enum fault_kind kind, const struct audit_socket *s)
{
	struct fault *new = faults_add(f, kind);

	if (!new)
		return -ENOMEM;
	new->at = *s;
	return 0;
}

static bool same(const struct fault *a, const struct fault *b)
{
	return a->kind == b->kind && a->at.sk == b->at.sk &&
	       (!a->at.s.cookie || !b->at.s.cookie || a->at.s.cookie == b->at.s.cookie) &&
	       !picture_by_tuple(&a->at.s, &b->at.s) && a->field == b->field &&
	       !memcmp(&a->slot, &b->slot, sizeof(a->slot)) &&
	       !memcmp(&a->member, &b->member, sizeof(a->member)) && a->tgid == b->tgid &&
	       a->port_index == b->port_index &&
	       a->said.indexed - a->found.indexed == b->said.indexed - b->found.indexed &&
	       a->said.live - a->found.live == b->said.live - b->found.live;
}

bool faults_have(const struct faults *f, const struct fault *one)
{
	for (size_t i = 0; i < f->list.nr; i++)
		if (same(&f->list.v[i], one))
			return true;
	return false;
}

void faults_keep(struct faults *f, const struct faults *again)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->list.nr; i++)
		if (faults_have(again, &f->list.v[i]))
			f->list.v[kept++] = f->list.v[i];
	f->list.nr = kept;
}
