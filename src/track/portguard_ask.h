/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * portguard_ask: the numbers by which the kernel will know a network namespace and a program, asked
 * of the kernel itself: by a program of ours that sees one bind() of ours. stat() tells other
 * numbers of a file on some file systems, and before 5.14 nothing else tells the cookie of a
 * namespace.
 */
#ifndef TRACK_PORTGUARD_ASK_H
#define TRACK_PORTGUARD_ASK_H

#include <stdint.h>

#include "model/portguard.h"

/* The cookie of the namespace that this thread is in. */
int portguard_netns(uint64_t *ret);

/* Fill in the inode, device and generation of an open file. */
int portguard_file(int fd, struct pw_guard_who *ret);

#endif
