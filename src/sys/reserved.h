/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reserved: net.ipv4.ip_local_reserved_ports of the calling thread's network namespace, whole: a
 * list of any length. Changing it is the caller's to do under a lock.
 */
#ifndef SYS_RESERVED_H
#define SYS_RESERVED_H

#include <stdint.h>

/* Overwrites the map (PORTSPEC_WORDS). 0 or a negative errno, map untouched. */
int reserved_read(uint64_t *ret_map);

/* 0 or a negative errno; -EROFS: /proc is read-only here, as in most containers. */
int reserved_write(const uint64_t *map);

#endif
