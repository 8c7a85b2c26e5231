// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/procplace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/procstat.h"

/* Leaves *ret alone where the link cannot be read, or is longer than a path can be. */
static int read_link(int dir, const char *name, char **ret)
{
	char buf[PATH_MAX];
	ssize_t n = readlinkat(dir, name, buf, sizeof(buf));
	char *copy;

	if (n <= 0 || n == (ssize_t)sizeof(buf))
		return 0;
	copy = strndup(buf, (size_t)n);
	if (!copy)
		return -ENOMEM;
	free(*ret);
	*ret = copy;
	return 0;
}

int procplace_read(int dir, struct process *p)
{
	return read_link(dir, "cwd", &p->cwd) ?: read_link(dir, "exe", &p->exe);
}

static int read_stat_of(uint32_t pid, struct procstat *ret)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);

	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : procstat_read(fd, ret);
}

int procplace_parents(struct process *p)
{
	struct parent found[PROCESS_PARENTS];
	struct procstat child, parent;
	size_t nr = 0;

	if (read_stat_of(p->pid, &child))
		return 0;
	/* 0: the parent is outside of our PID namespace. */
	while (child.parent && nr < PROCESS_PARENTS) {
		if (read_stat_of((uint32_t)child.parent, &parent) || parent.ticks > child.ticks)
			break;
		found[nr].pid = (uint32_t)child.parent;
		memcpy(found[nr++].comm, parent.comm, sizeof(parent.comm));
		child = parent;
	}
	if (!nr)
		return 0;
	free(p->parents);
	p->nr_parents = 0;
	p->parents = malloc(nr * sizeof(*found));
	if (!p->parents)
		return -ENOMEM;
	memcpy(p->parents, found, nr * sizeof(*found));
	p->nr_parents = nr;
	return 0;
}
