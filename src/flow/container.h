/* SPDX-License-Identifier: GPL-2.0-or-later */
/* container: the cgroup of a running container by the beginning of its ID. */
#ifndef FLOW_CONTAINER_H
#define FLOW_CONTAINER_H

/* The path from the root of cgroup2, the caller's to free. -ENOENT: there is none; -EEXIST: several
 * begin like that. */
int container_cgroup(const char *id, char **ret_path);

#endif
