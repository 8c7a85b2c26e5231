/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cgroup: the cgroup2 tree, wherever it is mounted: from a path to the id that the
 * kernel side writes into every actor, and back.
 *
 * Paths are those from the root of the tree ("/system.slice/nginx.service"). An id
 * is found without a walk, by file handle, which takes CAP_DAC_READ_SEARCH and Linux
 * 5.5; without them every id is unknown.
 */
#ifndef SYS_CGROUP_H
#define SYS_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A path from the root of the tree or in its mount, to a copy of the former and the
 * id. 0; -ENOENT: no such cgroup, or no cgroup2 at all; -ENOTDIR; -ENOMEM. */
int cgroup_lookup(const char *text, char **ret_path, uint64_t *ret_id);

/* The path of an id, good until the next call; NULL: unknown, or removed. Answers are
 * remembered, for a stream asks at every event. */
const char *cgroup_path(uint64_t id);

/* Is the cgroup at this path from the root of the cgroup2 tree frozen, itself or by one above it?
 */
bool cgroup_is_frozen(const char *path, size_t len);

/* Likewise in the tree of version 1's freezer controller: frozen, or about to be. */
bool cgroup_is_frozen_v1(const char *path, size_t len);

#endif
