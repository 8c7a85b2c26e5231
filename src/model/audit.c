// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/audit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/audit_parts.h"

void picture_done(struct picture *p)
{
	free(p->entries.v);
	free(p->slots.v);
	free(p->procs.v);
	free(p->kin.v);
	free(p->timewait.v);
	free(p->ports);
	free(p->kernel.v);
	free(p->kernel_timewait.v);
	free(p->diag.v);
	free(p->tasks.v);
	*p = (struct picture){};
}

void faults_done(struct faults *f)
{
	free(f->list.v);
	*f = (struct faults){};
}

struct fault *audit_add(struct faults *f, enum fault_kind kind)
{
	struct fault *new = VEC_ADD(&f->list);

	if (new)
		new->kind = kind;
	return new;
}

int audit_add_socket(struct faults *f, enum fault_kind kind, const struct audit_socket *s)
{
	struct fault *new = audit_add(f, kind);

	if (!new)
		return -ENOMEM;
	new->at = *s;
	return 0;
}

int audit_by_sk(const void *pa, const void *pb)
{
	const struct audit_socket *a = pa, *b = pb;

	COMPARE(a->sk, b->sk);
	return 0;
}

static const struct audit_socket *find_entry(const struct picture *p, uint64_t sk)
{
	struct audit_socket key = { .sk = sk };

	return p->entries.nr ?
		       bsearch(&key, p->entries.v, p->entries.nr, sizeof(key), audit_by_sk) :
		       NULL;
}

/* ---- sockets ---- */

/* Both the walk over files and the protocol's table show most sockets. */
static void unite_kernel(struct picture *p)
{
	size_t kept = 0;

	VEC_SORT(&p->kernel, audit_by_sk);
	for (size_t i = 0; i < p->kernel.nr; i++)
		if (!kept || p->kernel.v[kept - 1].sk != p->kernel.v[i].sk)
			p->kernel.v[kept++] = p->kernel.v[i];
	p->kernel.nr = kept;
}

static bool same_addr(const struct pw_addr *a, const struct pw_addr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/*
 * What an entry promises. Not: the options, which change without an event, and of UDP sockets
 * state and addresses, which connect() changes without one; whoever asks reads these from the
 * kernel's socket. A port of 0 is one that nobody has asked for yet; without a place in the index
 * it is one that was lost.
 */
static const char *wrong_field(const struct pw_sock *e, const struct pw_sock *k)
{
	if (e->cookie && k->cookie && e->cookie != k->cookie)
		return "cookie";
	if (e->proto != k->proto)
		return "proto";
	if (e->netns != k->netns)
		return "netns";
	if (!(e->flags & (PW_F_INDEXED | PW_F_COUNTED)) || (e->lport && e->lport != k->lport))
		return "port";
	if (e->proto != PW_TCP)
		return NULL;
	if (e->state != k->state)
		return "state";
	if (e->family != k->family)
		return "family";
	if (e->state == PW_BOUND || e->state == PW_SYN_SENT)
		return NULL;
	if (!same_addr(&e->laddr, &k->laddr))
		return "local";
	if (e->state != PW_LISTEN && (e->rport != k->rport || !same_addr(&e->raddr, &k->raddr)))
		return "remote";
	return NULL;
}

/* Of none there may be no array. */
static const struct audit_socket *end_of(const struct audit_socket *v, size_t nr)
{
	return nr ? v + nr : v;
}

static int compare_sockets(const struct picture *p, struct faults *ret)
{
	const struct audit_socket *e = p->entries.v, *k = p->kernel.v;
	const struct audit_socket *e_end = end_of(e, p->entries.nr);
	const struct audit_socket *k_end = end_of(k, p->kernel.nr);
	int err = 0;

	while (!err && (e < e_end || k < k_end)) {
		const char *field;

		if (k == k_end || (e < e_end && e->sk < k->sk)) {
			if (!e->alive)
				err = audit_add_socket(ret, FAULT_STALE, e);
			e++;
			continue;
		}
		if (e == e_end || k->sk < e->sk) {
			err = audit_add_socket(ret, FAULT_MISSING, k);
			k++;
			continue;
		}
		field = wrong_field(&e->s, &k->s);
		if (field) {
			err = audit_add_socket(ret, FAULT_WRONG, e);
			if (!err) {
				ret->list.v[ret->list.nr - 1].field = field;
				ret->list.v[ret->list.nr - 1].kernel = k->s;
			}
		}
		e++;
		k++;
	}
	return err;
}

/* ---- the port index ---- */

static bool is_place_of(const struct pw_slot_key *key, const struct audit_socket *e)
{
	return e && (e->s.flags & PW_F_INDEXED) && e->s.lport == key->port &&
	       e->s.proto == key->proto && e->s.slot == key->slot;
}

static int by_place(const void *pa, const void *pb)
{
	const struct audit_slot *a = pa, *b = pb;

	COMPARE(a->key.proto, b->key.proto);
	COMPARE(a->key.port, b->key.port);
	COMPARE(a->key.slot, b->key.slot);
	return 0;
}

static int compare_slots(const struct picture *p, struct faults *ret)
{
	for (size_t i = 0; i < p->slots.nr; i++) {
		const struct audit_slot *slot = &p->slots.v[i];
		struct fault *new;

		if (is_place_of(&slot->key, find_entry(p, slot->sk)))
			continue;
		new = audit_add(ret, FAULT_SLOT);
		if (!new)
			return -ENOMEM;
		new->slot = slot->key;
		new->at.sk = slot->sk;
	}
	for (size_t i = 0; i < p->entries.nr; i++) {
		const struct audit_socket *e = &p->entries.v[i];
		struct audit_slot key = {
			.key = { .port = e->s.lport, .slot = e->s.slot, .proto = e->s.proto }
		};
		const struct audit_slot *slot;

		if (!(e->s.flags & PW_F_INDEXED))
			continue;
		slot = p->slots.nr ? bsearch(&key, p->slots.v, p->slots.nr, sizeof(key), by_place) :
				     NULL;
		if ((!slot || slot->sk != e->sk) && audit_add_socket(ret, FAULT_UNPLACED, e))
			return -ENOMEM;
	}
	return 0;
}

static int compare_counts(const struct picture *p, struct faults *ret)
{
	_cleanup_free_ struct pw_port *found = calloc(PW_PORTS, sizeof(*found));

	if (!found)
		return -ENOMEM;
	for (size_t i = 0; i < p->entries.nr; i++) {
		const struct pw_sock *s = &p->entries.v[i].s;
		struct pw_port *port = &found[PW_PORT_INDEX(s->proto, s->lport)];

		port->indexed += !!(s->flags & PW_F_INDEXED);
		port->live += !!(s->flags & PW_F_COUNTED);
	}
	for (uint32_t i = 0; i < PW_PORTS; i++) {
		struct fault *new;

		if (p->ports[i].indexed == found[i].indexed && p->ports[i].live == found[i].live)
			continue;
		new = audit_add(ret, FAULT_COUNT);
		if (!new)
			return -ENOMEM;
		new->port_index = i;
		new->said = p->ports[i];
		new->found = found[i];
	}
	return 0;
}

int audit(struct picture *p, struct faults *ret)
{
	int err;

	VEC_SORT(&p->entries, audit_by_sk);
	VEC_SORT(&p->slots, by_place);
	VEC_SORT(&p->procs, audit_by_tgid);
	VEC_SORT(&p->tasks, audit_by_task);
	unite_kernel(p);
	err = compare_sockets(p, ret);
	if (!err)
		err = compare_slots(p, ret);
	if (!err)
		err = compare_counts(p, ret);
	if (!err)
		err = audit_families(p, ret);
	if (!err)
		err = audit_timewait(p, ret);
	return err ?: audit_diag(p, ret);
}

static bool same(const struct fault *a, const struct fault *b)
{
	return a->kind == b->kind && a->at.sk == b->at.sk &&
	       (!a->at.s.cookie || !b->at.s.cookie || a->at.s.cookie == b->at.s.cookie) &&
	       !audit_by_tuple(&a->at.s, &b->at.s) && a->field == b->field &&
	       !memcmp(&a->slot, &b->slot, sizeof(a->slot)) &&
	       !memcmp(&a->kin, &b->kin, sizeof(a->kin)) && a->tgid == b->tgid &&
	       a->port_index == b->port_index &&
	       a->said.indexed - a->found.indexed == b->said.indexed - b->found.indexed &&
	       a->said.live - a->found.live == b->said.live - b->found.live;
}

bool audit_has(const struct faults *f, const struct fault *one)
{
	for (size_t i = 0; i < f->list.nr; i++)
		if (same(&f->list.v[i], one))
			return true;
	return false;
}

void audit_persisting(struct faults *f, const struct faults *again)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->list.nr; i++)
		if (audit_has(again, &f->list.v[i]))
			f->list.v[kept++] = f->list.v[i];
	f->list.nr = kept;
}
