// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/procstate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/cgroup.h"
#include "sys/cgroup_path.h"

#define EXITING 0x4u /* PF_EXITING, include/linux/sched.h */
#define KILL_BIT (1ull << 8)

/* At most a page of a small file, with a NUL behind it. False: it cannot be read. */
static bool read_text(const char *path, char *buf, size_t size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (n < 0)
		return false;
	buf[n] = '\0';
	return true;
}

/* Find the text behind "\nKEY:\t" in /proc/PID/status, where names have their line ends escaped. */
static const char *value_of(const char *status, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = status; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, key, len) && line[len] == ':')
			return line + len + 1 + strspn(line + len + 1, "\t ");
	}
	return "";
}

static uint64_t mask_of(const char *status, const char *key)
{
	return strtoull(value_of(status, key), NULL, 16);
}

/* Is it the first process of a PID namespace below ours? "NSpid: 1234 1" */
static bool is_namespace_init(const char *status)
{
	const char *p = value_of(status, "NSpid"), *last = p;
	size_t nr = 0;

	while (*p && *p != '\n') {
		last = p;
		nr++;
		p += strcspn(p, "\t\n");
		p += *p == '\t';
	}
	return nr > 1 && strtoul(last, NULL, 10) == 1;
}

/* Signals that the kernel throws away when they are sent: sig_ignored(), kernel/signal.c. One
 * that is blocked is kept, for sigwait() and signalfd(). */
static uint64_t discarded(const char *status, bool is_init)
{
	uint64_t blocked = mask_of(status, "SigBlk"), set = mask_of(status, "SigIgn");

	if (is_init)
		set |= ~(mask_of(status, "SigCgt") | KILL_BIT | 1ull << 18 /* STOP */);
	return set & ~blocked;
}

/* Field 3 and field 9 of a stat file: state and flags. */
static bool is_exiting(const char *path)
{
	char buf[1024], state, *p;
	unsigned int flags;

	if (!read_text(path, buf, sizeof(buf)))
		return errno == ENOENT || errno == ESRCH;
	p = strrchr(buf, ')');
	if (!p || sscanf(p, ") %c %*d %*d %*d %*d %*d %u", &state, &flags) != 2)
		return false;
	return flags & EXITING || state == 'Z' || state == 'X';
}

bool procstate_is_dying(pid_t pid)
{
	char path[64 + sizeof(((struct dirent *)0)->d_name)];
	bool dying = true;
	struct dirent *de;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (!is_exiting(path))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	if (!tasks)
		return errno == ENOENT;
	/* The first thread of a process may have ended alone. */
	while (dying && (de = readdir(tasks))) {
		if (de->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%s/stat", pid, de->d_name);
		dying = is_exiting(path);
	}
	closedir(tasks);
	return dying;
}

static unsigned int read_frozen(pid_t pid)
{
	char path[64], text[8192];
	struct span at;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	if (!read_text(path, text, sizeof(text)))
		return 0;
	if (cgroup_path_controller(text, strlen(text), "", &at) && cgroup_is_frozen(at.s, at.len))
		return COND_FROZEN;
	if (cgroup_path_controller(text, strlen(text), "freezer", &at) &&
	    cgroup_is_frozen_v1(at.s, at.len))
		return COND_FROZEN_V1;
	return 0;
}

static unsigned int from_status(const char *status)
{
	uint64_t pending = mask_of(status, "SigPnd") | mask_of(status, "ShdPnd");
	char state = *value_of(status, "State");
	unsigned int is = 0;

	is |= state == 'T' ? COND_STOPPED : 0;
	is |= state == 't' ? COND_TRACED : 0;
	is |= state == 'D' ? COND_DISK_SLEEP : 0;
	is |= pending & KILL_BIT ? COND_KILL_PENDING : 0;
	is |= *value_of(status, "CoreDumping") == '1' ? COND_DUMPING : 0;
	return is;
}

int procstate_read(pid_t pid, struct condition *ret)
{
	struct condition c = {};
	char path[32], status[8192];

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (!read_text(path, status, sizeof(status)))
		return -ESRCH;
	c.is = from_status(status);
	if (c.is & COND_TRACED)
		c.tracer = (uint32_t)strtoul(value_of(status, "TracerPid"), NULL, 10);
	c.namespace_init = is_namespace_init(status);
	c.catches = mask_of(status, "SigCgt") | mask_of(status, "SigBlk");
	c.discards = discarded(status, c.namespace_init);
	if (procstate_is_dying(pid))
		c.is |= COND_DYING;
	else
		c.is |= read_frozen(pid);
	/* The freezer's sleep is shown as D (and as T by some): it is named as what it is. */
	if (c.is & COND_FROZEN_V1)
		c.is &= ~(unsigned int)(COND_DISK_SLEEP | COND_STOPPED);
	*ret = c;
	return 0;
}
