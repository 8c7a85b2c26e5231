// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/num.h"
#include "sys/cgroup_path.h"
#include "sys/procplace.h"
#include "sys/procstat.h"
#include "sys/procstate.h"
#include "sys/user.h"

#define CMDLINE_MAX (1 << 20)	  /* a hostile process must not make us eat its gigabytes */
#define PIDNS_INITIAL 0xeffffffcu /* PROC_PID_INIT_INO, include/linux/proc_ns.h */

static int open_dir(pid_t pid)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static uint64_t tick_ns(void)
{
	return NSEC_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK);
}

static bool same_start(uint64_t ticks, uint64_t start_ns)
{
	return ticks == start_ns / tick_ns() ||
	       ticks == (start_ns + clock_timens_offset_ns()) / tick_ns();
}

/* 0, when the process behind the open /proc/PID/stat is the one that started then. */
static int verify(int stat_fd, uint64_t start_ns)
{
	struct procstat f;
	int err = procstat_read(stat_fd, &f);

	if (err)
		return err;
	if (procstat_has_ended(&f) || !start_ns || !same_start(f.ticks, start_ns))
		return -ESRCH;
	return 0;
}

int proc_parent(pid_t pid, pid_t *ret_parent, char *ret_state)
{
	struct procstat f;
	char path[32];
	int err;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);

	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	err = fd < 0 ? -ESRCH : procstat_read(fd, &f);
	if (err)
		return err;
	*ret_parent = (pid_t)f.parent;
	*ret_state = f.state;
	return 0;
}

/* "Uid:" with the real and the effective one behind it. Names in that file have their line ends
 * escaped. */
static int read_uid(pid_t pid, uint32_t *ret)
{
	char buf[4096], path[32], *p;
	unsigned int uid;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);

	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);
	if (n < 0)
		return -errno;
	buf[n] = '\0';
	p = strstr(buf, "\nUid:\t");
	if (!p || sscanf(p, "\nUid: %*u %u", &uid) != 1)
		return -EIO;
	*ret = uid;
	return 0;
}

int proc_actor(pid_t pid, struct pw_actor *ret)
{
	struct pw_actor a = { .tgid = (uint32_t)pid };
	struct procstat f = {};
	char path[32];
	int err;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);

	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	err = fd < 0 ? -errno : procstat_read(fd, &f);
	if (!err)
		err = read_uid(pid, &a.uid);
	if (err)
		return err;
	/* 0 would be unknown. */
	a.start_ns = (f.ticks * tick_ns() - (uint64_t)clock_timens_offset_ns()) ?: 1;
	memcpy(a.comm, f.comm, sizeof(a.comm));
	*ret = a;
	return 0;
}

bool proc_alive(pid_t pid, uint64_t start_ns)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);

	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && !verify(fd, start_ns);
}

bool proc_pidns_is_initial(void)
{
	static int initial = -1;
	struct stat st;

	if (initial < 0)
		initial = !stat("/proc/self/ns/pid", &st) && st.st_ino == PIDNS_INITIAL;
	return initial;
}

static bool is_named(const char *pid, const char *comm)
{
	char path[64], name[PW_COMM_LEN + 1] = "";
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);

	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	n = fd < 0 ? -1 : read(fd, name, PW_COMM_LEN);
	if (n <= 0)
		return false;
	name[n] = '\0';
	name[strcspn(name, "\n")] = '\0';
	/* The kernel keeps 15 bytes of a name. */
	return *name && !strncmp(name, comm, PW_COMM_LEN - 1);
}

bool proc_runs(const char *comm)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir)))
		found = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
			is_named(entry->d_name, comm);
	if (dir)
		closedir(dir);
	return found;
}

/* Files under /proc have no size: read until the end, at most `max` bytes. The result
 * has a NUL behind its last byte. */
static int read_all(int dir, const char *name, size_t max, char **ret, size_t *ret_len)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *buf = NULL;
	size_t cap = 1024, len = 0;
	char *bigger;
	ssize_t n;

	if (fd < 0)
		return -errno;
	do {
		if (!buf || len + 1 == cap) {
			cap *= 2;
			bigger = realloc(buf, cap);
			if (!bigger)
				return -ENOMEM;
			buf = bigger;
		}
		n = read(fd, buf + len, cap - 1 - len);
		if (n < 0)
			return -errno;
		len += n;
	} while (n && len < max);
	buf[len] = '\0';
	*ret = TAKE_PTR(buf);
	*ret_len = len;
	return 0;
}

static int describe_user(struct process *p)
{
	const char *name = user_name(p->id.uid);

	if (!name || p->user)
		return 0;
	p->user = strdup(name);
	return p->user ? 0 : -ENOMEM;
}

/* Leaves *ret NULL if there is none. */
static int read_cmdline(int dir, const char *name, char **ret, size_t *ret_len)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int err = read_all(dir, name, CMDLINE_MAX, &text, &len);

	if (err)
		return err;
	/* Every argument ends in NUL, the last one, too: that one is not a separator. A
	 * program that wrote a title over its arguments (PostgreSQL) leaves many. */
	while (len && !text[len - 1])
		len--;
	if (!len)
		return 0;
	*ret = TAKE_PTR(text);
	*ret_len = len;
	return 0;
}

/* Where the first thread has ended, with the memory that it shared: from another one. */
static int read_threads_cmdline(int dir, char **ret, size_t *ret_len)
{
	int fd = openat(dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;
	char name[sizeof(((struct dirent *)0)->d_name) + sizeof("/cmdline")];
	DIR *tasks = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;

	if (!tasks) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	while (!*ret && err != -ENOMEM && (de = readdir(tasks))) {
		if (de->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/cmdline", de->d_name);
		err = read_cmdline(dirfd(tasks), name, ret, ret_len);
	}
	closedir(tasks);
	return err == -ENOMEM ? err : 0;
}

static int describe_cmdline(int dir, struct process *p)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int err = read_cmdline(dir, "cmdline", &text, &len);

	if (!err && !text)
		err = read_threads_cmdline(dir, &text, &len);
	if (err || !text) /* a kernel thread has none */
		return err;
	free(p->cmdline);
	p->cmdline = TAKE_PTR(text);
	p->cmdline_len = len;
	return 0;
}

static int keep(struct span s, char **ret)
{
	char *copy = strndup(s.s, s.len);

	if (!copy)
		return -ENOMEM;
	free(*ret);
	*ret = copy;
	return 0;
}

static int describe_cgroup(int dir, struct process *p)
{
	_cleanup_free_ char *text = NULL;
	struct span path, s;
	size_t len;
	int err = read_all(dir, "cgroup", CMDLINE_MAX, &text, &len);

	if (err)
		return err;
	if (cgroup_path_parse(text, len, &path)) {
		err = keep(path, &p->cgroup);
		if (!err && cgroup_path_unit(path.s, path.len, &s))
			err = keep(s, &p->unit);
		if (!err && cgroup_path_container(path.s, path.len, &s))
			err = keep(s, &p->container);
	}
	return err;
}

int proc_describe(struct process *p, unsigned int what)
{
	_cleanup_close_ int dir = -1, stat_fd = -1;
	int err = 0;

	if (what & PROC_USER)
		err = describe_user(p);
	if (err || !(what & ~PROC_USER))
		return err;
	if (!p->pid)
		return -ESRCH;

	dir = open_dir(p->pid);
	if (dir < 0)
		return -ESRCH;
	stat_fd = openat(dir, "stat", O_RDONLY | O_CLOEXEC);
	err = stat_fd < 0 ? -errno : verify(stat_fd, p->id.start_ns);
	if (!err && (what & PROC_CMDLINE))
		err = describe_cmdline(dir, p);
	if (!err && (what & PROC_CGROUP))
		err = describe_cgroup(dir, p);
	if (!err && (what & PROC_PLACE))
		err = procplace_read(dir, p);
	if (!err && (what & PROC_PARENTS))
		err = procplace_parents(p);
	if (!err && (what & PROC_CONDITION))
		err = procstate_read((pid_t)p->pid, &p->condition);
	if (!err)
		err = verify(stat_fd, p->id.start_ns);
	if (err)
		process_forget(p);
	/* Gone, or hidden from us (hidepid): either way there is nothing to tell. */
	return err && err != -ENOMEM ? -ESRCH : err;
}
