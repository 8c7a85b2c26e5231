/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a TIME-WAIT socket, however it was noticed. */
#ifndef TIMEWAIT_H
#define TIMEWAIT_H

#include "maps.h"
#include "emit.h"

/* flags: PW_EF_ESTIMATED when found by comparison. */
static __always_inline void tw_gone(struct pw_tw_key *key, __u8 flags)
{
	struct pw_tw *tw = bpf_map_lookup_elem(&timewait, key);
	struct pw_event e = {};

	if (!tw)
		return;
	stat_add(PW_STAT_TW_LEFT);
	if (anyone_listening()) {
		e.time_ns = bpf_ktime_get_boot_ns();
		e.kind = PW_EV_TIMEWAIT_END;
		e.family = tw->family;
		e.proto = PW_TCP;
		e.old_state = PW_TIME_WAIT;
		e.new_state = PW_CLOSE;
		e.laddr = key->laddr;
		e.raddr = key->raddr;
		e.lport = key->lport;
		e.rport = key->rport;
		e.netns = key->netns;
		e.cookie = tw->cookie;
		e.flags = flags;
		e.actor = tw->actor;
		e.age_ns = tw->since_ns ? e.time_ns - tw->since_ns : 0;
		emit(&e);
	}
	bpf_map_delete_elem(&timewait, key);
}

#endif
