/* SPDX-License-Identifier: GPL-2.0-or-later */
/* portguard_root: the cgroup that every process of the machine is in or below. */
#ifndef TRACK_PORTGUARD_ROOT_H
#define TRACK_PORTGUARD_ROOT_H

/* An fd of its directory, or a negative errno, with the reason. -EOPNOTSUPP: no cgroup2, or only a
 * part of its tree, as in most containers: others would not be refused. */
int portguard_root(void);

#endif
