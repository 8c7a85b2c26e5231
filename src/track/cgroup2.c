// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/cgroup2.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/fsroot.h"

int cgroup2_path(char *ret, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *m;
	int r = -ENOENT;

	if (!mounts)
		return -errno;
	while ((m = getmntent(mounts)) != NULL)
		if (!strcmp(m->mnt_type, "cgroup2")) {
			snprintf(ret, size, "%s", m->mnt_dir);
			r = 0;
			break;
		}
	endmntent(mounts);
	return r;
}

int cgroup2_open(void)
{
	char path[4096];
	int fd;

	if (cgroup2_path(path, sizeof(path)))
		return fsroot_open("cgroup2");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
