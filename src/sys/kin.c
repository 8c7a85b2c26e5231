// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/kin.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/proc.h"
#include "sys/procstate.h"

size_t kin_ancestors(uint32_t ret[KIN_MAX_ANCESTORS])
{
	pid_t pid = getppid();
	size_t nr = 0;
	char state;

	/* 0: the parent is outside of our PID namespace. */
	while (pid > 1 && nr < KIN_MAX_ANCESTORS) {
		ret[nr++] = (uint32_t)pid;
		if (proc_parent(pid, &pid, &state))
			break;
	}
	return nr;
}

/* Numbers separated by blanks. */
static unsigned int count_words(int fd)
{
	unsigned int nr = 0;
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < n; i++)
			nr += buf[i] == ' ';
	return nr;
}

/* The kernel lists children by the thread that started them (CONFIG_PROC_CHILDREN). */
static unsigned int count_children(uint32_t pid)
{
	char path[320];
	unsigned int nr = 0;
	struct dirent *de;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%u/task", pid);
	dir = opendir(path);
	if (!dir)
		return 0;
	while ((de = readdir(dir))) {
		if (de->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%u/task/%s/children", pid, de->d_name);

		_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

		nr += fd < 0 ? 0 : count_words(fd);
	}
	closedir(dir);
	return nr;
}

static void read_comm(pid_t pid, char ret[PW_COMM_LEN])
{
	char path[32];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);

	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	n = fd < 0 ? 0 : read(fd, ret, PW_COMM_LEN);
	memset(ret + (n > 0 ? n - 1 : 0), 0, PW_COMM_LEN - (n > 0 ? n - 1 : 0));
}

void kin_read(const struct process *p, struct plan_kin *ret)
{
	struct plan_kin kin = {};
	pid_t parent;
	char state;

	*ret = kin;
	if (!p->pid || proc_parent((pid_t)p->pid, &parent, &state))
		return;
	kin.parent = (uint32_t)parent;
	procstate_read((pid_t)p->pid, &kin.condition);
	kin.nr_children = count_children(p->pid);
	if (parent)
		read_comm(parent, kin.parent_comm);
	/* All of that was about this process only if it is there still. */
	if (proc_alive((pid_t)p->pid, p->id.start_ns))
		*ret = kin;
}
