/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of programs that are run by hand: written into the asking reader's part of the map
 * `records`. The program returns how many there are; if that is more than there was room for,
 * the reader asks for one part after another.
 */
#ifndef RECORD_H
#define RECORD_H

#include "maps.h"

/* Room for the next record, zeroed; NULL: none, or not of this part. `spread` decides the part. */
static __always_inline struct pw_rec *record_next(const struct pw_ask *ask, __u32 *nr, __u64 spread)
{
	__u32 zero = 0, index, hash = (spread * 0x9E3779B97F4A7C15ull) >> 33;
	struct pw_claims *c;
	struct pw_rec *rec;

	if (ask->parts > 1 && hash % ask->parts != ask->part)
		return 0;
	index = *nr;
	*nr = index + 1;
	if (index >= ask->room)
		return 0;
	c = bpf_map_lookup_elem(&claims, &zero);
	if (!c || c->slot[ask->slot & (PW_RECORD_SLOTS - 1)].token != ask->token)
		return 0;
	index += ask->first;
	rec = bpf_map_lookup_elem(&records, &index);
	if (rec)
		__builtin_memset(rec, 0, sizeof(*rec));
	return rec;
}

#endif
