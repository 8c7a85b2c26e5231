/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The port index. A bound or listening socket takes a slot {protocol, port, n}: the
 * smallest free n, found by inserting with BPF_NOEXIST, so no lock is needed and every
 * kernel's hash map will do. Connections and autobound sockets are only counted.
 * ports[].indexed and .live say how many there are of each kind.
 */
#ifndef INDEX_H
#define INDEX_H

#include "compat.h"
#include "maps.h"

static __always_inline struct pw_port *port_get(__u8 proto, __u16 port)
{
	__u32 i = PW_PORT_INDEX(proto, port);

	return bpf_map_lookup_elem(&ports, &i);
}

/* Global: verified once per program, see emit.h. */
__weak __noinline int slot_take(__u64 sk, __u32 proto, __u32 port)
{
	struct pw_slot_key key = { .port = port, .proto = proto };

#pragma clang loop unroll(disable)
	for (int i = 0; i < PW_MAX_SLOTS; i++) {
		key.slot = i;
		if (!bpf_map_update_elem(&port_slots, &key, &sk, BPF_NOEXIST))
			return i;
	}
	stat_add(PW_STAT_INDEX_FULL);
	return -1;
}

/* Whether the entry is counted for its port. */
static __always_inline bool has_port_count(const struct pw_sock *s)
{
	return s->flags & (PW_F_INDEXED | PW_F_COUNTED);
}

/* Enter a socket for its port: with a slot if others must find it at once (`wanted`) and a slot is
 * free, else counted only. */
static __always_inline void port_enter(struct pw_sock *s, __u64 sk, bool wanted)
{
	struct pw_port *p = port_get(s->proto, s->lport);
	int slot = wanted && s->lport ? slot_take(as_number((void *)sk), s->proto, s->lport) : -1;

	s->flags &= ~(PW_F_INDEXED | PW_F_COUNTED);
	if (!p)
		return;
	if (slot >= 0) {
		s->slot = slot;
		s->flags |= PW_F_INDEXED;
		__sync_fetch_and_add(&p->indexed, 1);
	} else {
		s->flags |= PW_F_COUNTED;
		__sync_fetch_and_add(&p->live, 1);
	}
}

static __always_inline void port_leave(struct pw_sock *s)
{
	struct pw_port *p = port_get(s->proto, s->lport);
	struct pw_slot_key key = { .port = s->lport, .slot = s->slot, .proto = s->proto };

	if (!p)
		return;
	if (s->flags & PW_F_INDEXED) {
		bpf_map_delete_elem(&port_slots, &key);
		__sync_fetch_and_add(&p->indexed, -1);
	} else if (s->flags & PW_F_COUNTED) {
		__sync_fetch_and_add(&p->live, -1);
	}
	s->flags &= ~(PW_F_INDEXED | PW_F_COUNTED);
}

#endif
