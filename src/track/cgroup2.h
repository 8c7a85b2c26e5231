/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cgroup2: the root of the unified hierarchy, to attach cgroup programs to. */
#ifndef TRACK_CGROUP2_H
#define TRACK_CGROUP2_H

#include <stddef.h>

/* Where cgroup2 is mounted; -ENOENT: nowhere. Taken from the mount table: it need not be
 * /sys/fs/cgroup. */
int cgroup2_path(char *ret, size_t size);

/* An fd of its root directory, from a mount of our own that nobody else sees if it is
 * mounted nowhere. */
int cgroup2_open(void);

#endif
