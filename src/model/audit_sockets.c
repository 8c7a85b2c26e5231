// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/audit_sockets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static bool same_addr(const struct pw_addr *a, const struct pw_addr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/*
 * Return the name of the field in which an entry breaks its promise, or NULL. An entry does not
 * promise the options, which change without an event, nor the state and addresses of a UDP socket,
 * which connect() changes without an event: queries read these from the kernel's socket. A port
 * of 0 means that nobody has asked for the port yet. An entry that is neither indexed nor counted
 * has lost its port.
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

/* Return the end of an array, which may be NULL if it is empty. */
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
				err = faults_add_socket(ret, FAULT_STALE, e);
			e++;
			continue;
		}
		if (e == e_end || k->sk < e->sk) {
			err = faults_add_socket(ret, FAULT_MISSING, k);
			k++;
			continue;
		}
		field = wrong_field(&e->s, &k->s);
		if (field) {
			err = faults_add_socket(ret, FAULT_WRONG, e);
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

static bool is_place_of(const struct pw_slot_key *key, const struct audit_socket *e)
{
	return e && (e->s.flags & PW_F_INDEXED) && e->s.lport == key->port &&
	       e->s.proto == key->proto && e->s.slot == key->slot;
}

static int compare_slots(const struct picture *p, struct faults *ret)
{
	for (size_t i = 0; i < p->slots.nr; i++) {
		const struct audit_slot *slot = &p->slots.v[i];
		struct fault *new;

		if (is_place_of(&slot->key, picture_entry(p, slot->sk)))
			continue;
		new = faults_add(ret, FAULT_SLOT);
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
		slot = p->slots.nr ? bsearch(&key, p->slots.v, p->slots.nr, sizeof(key),
					     picture_by_place) :
				     NULL;
		if ((!slot || slot->sk != e->sk) && faults_add_socket(ret, FAULT_UNPLACED, e))
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
		new = faults_add(ret, FAULT_COUNT);
		if (!new)
			return -ENOMEM;
		new->port_index = i;
		new->said = p->ports[i];
		new->found = found[i];
	}
	return 0;
}

int audit_sockets(const struct picture *p, struct faults *ret)
{
	int err = compare_sockets(p, ret);

	if (!err)
		err = compare_slots(p, ret);
	return err ?: compare_counts(p, ret);
}
