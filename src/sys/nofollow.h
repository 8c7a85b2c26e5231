/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nofollow: follows a path by descriptors, one component after another, and no symbolic link on
 * the way: neither an ordinary one nor those of /proc that lead into other mount namespaces. So
 * what a check of the descriptor has shown cannot be exchanged afterwards.
 */
#ifndef SYS_NOFOLLOW_H
#define SYS_NOFOLLOW_H

#include <limits.h>

/* Opens (O_PATH) the directory that the last component is in. That need not exist; its name is
 * left in ret_name. 0, -ENOENT, -ENOTDIR, -ELOOP: a component is a symbolic link, or another
 * negative errno. */
int nofollow_parent(const char *path, int *ret_fd, char ret_name[NAME_MAX + 1]);

/* Opens a directory in `parent` for `flags` (O_PATH, O_RDONLY). An fd, or as above. */
int nofollow_dir(int parent, const char *name, int flags);

#endif
