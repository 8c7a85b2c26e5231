/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A TIME-WAIT socket of the kernel's that was met, and its entry in our map. */
#ifndef SEEN_H
#define SEEN_H

#include "sock.h"
#include "timewait.h"

/* False: there is no entry. */
static __always_inline bool timewait_seen(const struct pw_sock *s, __u8 substate)
{
	struct pw_meta *m = meta_get();
	struct pw_tw_key key;
	struct pw_tw *known;

	tw_key_of(&key, s);
	known = bpf_map_lookup_elem(&timewait, &key);
	if (!known)
		return false;
	known->seen = m ? m->tw_pass : 0;
	known->substate = substate;
	return true;
}

#endif
