/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of programs that are run by hand: written into the asking reader's part of the map
 * `records`. The program returns how many there are; if that is more than there was room for,
 * the reader asks for one part after another.
 */
#ifndef BYHAND_H
#define BYHAND_H

#include "maps.h"

#define NO_RECORD 0xffffffffu

/* The element of `records` for the next record, or NO_RECORD: there is no room, or it is not of
 * this part. `spread` decides the part. */
static __always_inline __u32 record_index(const struct pw_ask *ask, __u32 *nr, __u64 spread)
{
	__u32 zero = 0, index, hash = (spread * 0x9E3779B97F4A7C15ull) >> 33;
	struct pw_claims *c;

	if (ask->parts > 1 && hash % ask->parts != ask->part)
		return NO_RECORD;
	index = *nr;
	*nr = index + 1;
	if (index >= ask->room)
		return NO_RECORD;
	c = bpf_map_lookup_elem(&claims, &zero);
	if (!c || c->v[ask->claim & (PW_CLAIMS - 1)].token != ask->token)
		return NO_RECORD;
	return ask->first + index;
}

/* The record itself, zeroed. */
static __always_inline struct pw_rec *record_at(__u32 index)
{
	struct pw_rec *rec = bpf_map_lookup_elem(&records, &index);

	if (rec)
		__builtin_memset(rec, 0, sizeof(*rec));
	return rec;
}

static __always_inline struct pw_rec *record_next(const struct pw_ask *ask, __u32 *nr, __u64 spread)
{
	__u32 index = record_index(ask, nr, spread);

	return index == NO_RECORD ? 0 : record_at(index);
}

#endif
