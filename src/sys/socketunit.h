/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socketunit: which systemd socket unit listens on a port, by the unit files. systemd
 * itself is not asked: it may be the one that hangs.
 */
#ifndef SYS_SOCKETUNIT_H
#define SYS_SOCKETUNIT_H

#include <stdint.h>

/* Where units are, strongest first; NULL-terminated. */
extern const char *const socketunit_dirs[];

/* "foo.socket", good until the next call. NULL: none says so in plain numbers. */
const char *socketunit_find(const char *const *dirs, uint8_t proto, uint16_t port);

#endif
