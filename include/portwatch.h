/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interface between the kernel side (bpf/) and the program (src/): records of the pinned maps
 * (record.h), the tracker's own state (meta.h), events (event.h), questions (query.h), and the ABI
 * number that guards them.
 *
 * Rules: fixed-width types, natural alignment, explicit padding, a static assertion on every size.
 * A pinned tracker may be older than the program that reads it. So any change to a struct, to the
 * meaning of a field or to the name of a map raises PW_ABI; the program then refuses with
 * "portwatch unload && portwatch load".
 *
 * Units and byte order: times are nanoseconds of CLOCK_BOOTTIME. Ports are in host byte order.
 * Addresses are in network byte order in 16 bytes; an IPv4 address occupies the first four, the
 * rest is zero.
 */
#ifndef PORTWATCH_H
#define PORTWATCH_H

#include "event.h"
#include "meta.h"
#include "query.h"
#include "record.h"

#define PW_ABI 11

#endif
