/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel side (bpf/) and the program (src/) share: the records of the
 * pinned maps, the events, and the ABI number that guards them.
 *
 * Rules: fixed-width types, natural alignment, explicit padding, a static
 * assertion on every size. A pinned tracker may be older than the program that
 * reads it, so any change to a struct or to the meaning of a field raises
 * PW_ABI; the program then refuses with "portwatch unload && portwatch load".
 *
 * Units and byte order: times are nanoseconds of CLOCK_BOOTTIME, ports are in
 * host byte order, addresses in network byte order in 16 bytes (an IPv4
 * address occupies the first four, the rest is zero).
 */
#ifndef PORTWATCH_H
#define PORTWATCH_H

#include "event.h"
#include "query.h"
#include "record.h"

#define PW_ABI 8

#endif
