// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/ring.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

#define NAME_LEN (sizeof(((struct dirent *)0)->d_name))
#define RING_LINK "anon_inode:[io_uring]"

DEFINE_CLEANUP(DIR *, closedir);
DEFINE_CLEANUP(FILE *, fclose);

struct walk {
	int (*fn)(void *arg, const struct ring_socket *s);
	void *arg;
	struct ring_socket found;
};

/* "    0: socket:[4711]", of each registered file; other lines are about the ring itself. */
static int read_ring(struct walk *w, int process, const char *fd)
{
	char path[NAME_LEN + 8], line[256];
	_cleanup_(fclose_p) FILE *f = NULL;
	int info, err = 0;

	snprintf(path, sizeof(path), "fdinfo/%s", fd);
	info = openat(process, path, O_RDONLY | O_CLOEXEC);
	if (info < 0)
		return 0;
	f = fdopen(info, "r");
	if (!f)
		close(info);
	while (f && !err && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*u: socket:[%" SCNu64 "]", &w->found.inode) == 1)
			err = w->fn(w->arg, &w->found);
	return err;
}

static void read_comm(struct walk *w, int process)
{
	_cleanup_close_ int fd = openat(process, "comm", O_RDONLY | O_CLOEXEC);
	char comm[PW_COMM_LEN] = "";

	if (fd >= 0 && read(fd, comm, sizeof(comm) - 1) > 0)
		comm[strcspn(comm, "\n")] = '\0';
	memcpy(w->found.comm, comm, sizeof(w->found.comm));
}

static bool is_ring(int fds, const char *name)
{
	char link[sizeof(RING_LINK)];
	ssize_t n = readlinkat(fds, name, link, sizeof(link));

	return n == sizeof(RING_LINK) - 1 && !memcmp(link, RING_LINK, (size_t)n);
}

/* All by the process's own directory, which leads to no later process of its number. */
static int look_at(struct walk *w, int proc, const char *pid)
{
	_cleanup_close_ int process = openat(proc, pid, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = process < 0 ? -1 : openat(process, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(closedir_p) DIR *fds = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;
	int err = 0;

	w->found.pid = 0;
	while (fds && !err && (de = readdir(fds))) {
		if (!is_ring(dirfd(fds), de->d_name))
			continue;
		if (!w->found.pid) {
			w->found.pid = (uint32_t)strtoul(pid, NULL, 10);
			read_comm(w, process);
		}
		err = read_ring(w, process, de->d_name);
	}
	if (fd >= 0 && !fds)
		close(fd);
	return err;
}

int ring_each_socket(int (*fn)(void *arg, const struct ring_socket *s), void *arg)
{
	_cleanup_(closedir_p) DIR *proc = opendir("/proc");
	struct walk w = { .fn = fn, .arg = arg };
	struct dirent *de;
	int err = 0;

	while (proc && !err && (de = readdir(proc)))
		if (de->d_name[0] >= '1' && de->d_name[0] <= '9')
			err = look_at(&w, dirfd(proc), de->d_name);
	return err;
}
