/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cgroup_path: what the path of a cgroup tells about the process in it: its
 * systemd unit and its container. Pure functions over text that a container's
 * root may have chosen, so nothing is trusted and nothing is ever read past its
 * end; the results are spans of the path given, never copies.
 *
 * Limits: a path is judged by its shape. A runtime that names its cgroups in a
 * way not listed in cgroup_path.c is not recognised, never misnamed.
 */
#ifndef SYS_CGROUP_PATH_H
#define SYS_CGROUP_PATH_H

#include <stdbool.h>
#include <stddef.h>

struct span {
	const char *s;
	size_t len;
};

/* The cgroup out of the text of /proc/PID/cgroup: the unified hierarchy's, or where
 * that says nothing (cgroup v1), systemd's own. False when neither is there. */
bool cgroup_path_parse(const char *text, size_t len, struct span *ret);

/* The cgroup in the hierarchy that has this controller (version 1), "": in the unified one. */
bool cgroup_path_controller(const char *text, size_t len, const char *controller, struct span *ret);

/* The innermost unit: the last component that is a .service, .scope or .socket. */
bool cgroup_path_unit(const char *path, size_t len, struct span *ret);

/* The full id of the innermost Docker, Podman, containerd or CRI-O container. */
bool cgroup_path_container(const char *path, size_t len, struct span *ret);

#endif
