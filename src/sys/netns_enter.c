// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/netns_enter.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "sys/netns.h"

int netns_enter(const char *name_or_path)
{
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	uint32_t inode;
	int err;

	if (!strcmp(name_or_path, "self"))
		return 0;
	/* Not every file is a namespace, nor can any be opened without being waited for. */
	err = netns_lookup(name_or_path, &inode);
	if (err)
		return err;
	if (snprintf(path, sizeof(path), "%s%s", strchr(name_or_path, '/') ? "" : "/run/netns/",
		     name_or_path) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return fd < 0 || setns(fd, CLONE_NEWNET) ? -errno : 0;
}
