// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/share.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/magic.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "track/register.h"
#include "track/why.h"

static int give(const char *path, gid_t group, mode_t mode)
{
	if (chown(path, (uid_t)-1, group) || chmod(path, mode))
		return why(-errno, "cannot give %s to the group: %s", path, strerror(errno));
	return 0;
}

/*
 * systemd mounts bpffs for root alone. Whoever may pass its root sees no name there, and what
 * others have pinned keeps its own mode.
 */
static int let_pass(const char *dir)
{
	char path[PATH_MAX], *slash;
	struct statfs fs;
	struct stat st;

	snprintf(path, sizeof(path), "%s", dir);
	while ((slash = strrchr(path, '/')) && slash != path) {
		*slash = '\0';
		if (statfs(path, &fs) || (unsigned int)fs.f_type != BPF_FS_MAGIC)
			break;
		if (stat(path, &st) || st.st_mode & S_IXOTH)
			continue;
		if (chmod(path, (st.st_mode & 07777) | S_IXOTH))
			return why(-errno, "cannot let others pass %s: %s", path, strerror(errno));
	}
	return 0;
}

int share_with(const char *dir, gid_t group)
{
	char path[PATH_MAX + 64];
	int err;

	/* To be passed, not read: who can open a directory can lock it, and a lock stops root. */
	snprintf(path, sizeof(path), "%s/maps", dir);
	err = give(path, group, 0710);
	for (size_t i = 0; !err && i < MAP_MAX; i++) {
		if (!map_rows[i].shared)
			continue;
		snprintf(path, sizeof(path), "%s/maps/%s", dir, map_rows[i].name);
		err = give(path, group, 0640);
	}
	if (!err)
		err = give(dir, group, 0710);
	return err ? err : let_pass(dir);
}

bool share_is_member(void)
{
	return geteuid() != 0 && getauxval(AT_SECURE);
}

/* Nobody but root can put another directory in the place of one of these. */
int share_trusted(const char *dir)
{
	char path[PATH_MAX], *end;
	struct stat st;

	if (!realpath(dir, path))
		return -errno;
	do {
		if (lstat(path[0] ? path : "/", &st))
			return -errno;
		if (st.st_uid || (st.st_mode & (S_IWGRP | S_IWOTH) && !(st.st_mode & S_ISVTX)))
			return why(
				-EPERM,
				"%s is not root's alone: members of a group ask root's trackers only",
				path[0] ? path : "/");
		end = strrchr(path, '/');
		if (end)
			*end = '\0';
	} while (end);
	return 0;
}
