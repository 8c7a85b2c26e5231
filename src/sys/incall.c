// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/incall.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

#define NAME_LEN (sizeof(((struct dirent *)0)->d_name))

/* Calls whose first argument is the socket's descriptor. */
static const struct {
	long nr;
	bool listens;
	const char *name;
} calls[] = {
	{ SYS_accept, true, "accept()" },      { SYS_accept4, true, "accept()" },
	{ SYS_recvfrom, false, "recvfrom()" }, { SYS_recvmsg, false, "recvmsg()" },
	{ SYS_recvmmsg, false, "recvmmsg()" }, { SYS_read, false, "read()" },
};

static const char *call_name(long nr, bool listens)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (calls[i].nr == nr && calls[i].listens == listens)
			return calls[i].name;
	return NULL;
}

static bool read_text(const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	buf[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* "43 0x3 ...": the number of the call and its arguments; "running" of one that is in none. */
static const char *call_of(uint32_t pid, const char *thread, bool listens)
{
	char path[NAME_LEN + 64], text[256];
	const char *name;
	struct stat st;
	long nr, fd;

	snprintf(path, sizeof(path), "/proc/%u/task/%s/syscall", pid, thread);
	if (!read_text(path, text, sizeof(text)) || sscanf(text, "%ld %li", &nr, &fd) != 2)
		return NULL;
	name = call_name(nr, listens);
	if (!name)
		return NULL;
	/* A socket whose descriptor is open is found by it. */
	snprintf(path, sizeof(path), "/proc/%u/fd/%ld", pid, fd);
	return lstat(path, &st) && errno == ENOENT ? name : NULL;
}

static bool is_in_netns(uint32_t pid, uint32_t netns)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%u/ns/net", pid);
	return !netns || (!stat(path, &st) && st.st_ino == netns);
}

static bool look_at(uint32_t pid, uint32_t netns, bool listens, struct incall *ret)
{
	const char *call = NULL;
	char path[64], comm[32];
	struct dirent *de;
	DIR *tasks;

	if (!is_in_netns(pid, netns))
		return false;
	snprintf(path, sizeof(path), "/proc/%u/task", pid);
	tasks = opendir(path);
	while (tasks && !call && (de = readdir(tasks)))
		if (de->d_name[0] != '.')
			call = call_of(pid, de->d_name, listens);
	if (tasks)
		closedir(tasks);
	if (!call)
		return false;
	*ret = (struct incall){ .pid = pid, .call = call };
	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	read_text(path, comm, sizeof(comm));
	comm[strcspn(comm, "\n")] = '\0';
	memcpy(ret->comm, comm, strnlen(comm, PW_COMM_LEN - 1));
	return true;
}

bool incall_find(uint32_t pid, uint32_t netns, bool listens, struct incall *ret)
{
	struct dirent *de;
	bool found = false;
	DIR *proc;

	if (pid)
		return look_at(pid, netns, listens, ret);
	proc = opendir("/proc");
	while (proc && !found && (de = readdir(proc)))
		if (de->d_name[0] >= '1' && de->d_name[0] <= '9')
			found = look_at((uint32_t)strtoul(de->d_name, NULL, 10), netns, listens,
					ret);
	if (proc)
		closedir(proc);
	return found;
}
