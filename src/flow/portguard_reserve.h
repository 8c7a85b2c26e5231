/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * portguard_reserve: net.ipv4.ip_local_reserved_ports has every port that is guarded or reserved,
 * and of what portwatch has put there nothing else. Under the lock of the guards; other people's
 * entries stay.
 */
#ifndef FLOW_PORTGUARD_RESERVE_H
#define FLOW_PORTGUARD_RESERVE_H

#include <stdint.h>

#include "track/portguard.h"

/* Put right the sysctl of this namespace, with `coming` (may be NULL) as if it were guarded. */
int portguard_reserve(struct portguard *g, uint64_t netns, const uint64_t *coming);

/* Take out what portwatch has put there, of every namespace that is ours or has a name; of the
 * others it is only forgotten. */
int portguard_reserve_nothing(struct portguard *g, size_t *ret_left);

/* Read what is reserved now, by whomever. */
int portguard_reserved(uint64_t *ret_map);

#endif
