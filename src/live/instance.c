// SPDX-License-Identifier: GPL-2.0-or-later
#include "live/instance.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "sys/fsroot.h"

#define PREFIX "portwatch-"
#define REMOVE_TRIES 50 /* 10 ms apart: the kernel refuses while a reader is leaving */

static int write_text(int dir, const char *path, const char *text)
{
	_cleanup_close_ int fd = openat(dir, path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -errno;
	return 0;
}

int instance_read(const struct instance *i, const char *path, char *ret, size_t size)
{
	_cleanup_close_ int fd = openat(i->root, path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	while (len < size - 1 && (n = read(fd, ret + len, size - 1 - len)) != 0) {
		if (n < 0)
			return -errno;
		len += n;
	}
	ret[len] = '\0';
	return 0;
}

/* Whether the process of an instance has ended. The number may be one of another PID namespace, but
 * the kernel refuses to remove an instance that somebody reads. */
static bool is_left_behind(const char *name)
{
	const char *number = name + strlen(PREFIX);
	uint32_t pid;

	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 || num_parse_u32(number, 1, INT32_MAX, &pid))
		return false;
	return kill((pid_t)pid, 0) && errno == ESRCH;
}

static void remove_left_behind(int root)
{
	int fd = openat(root, "instances", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;

	if (!dir)
		return;
	while ((de = readdir(dir)))
		if (is_left_behind(de->d_name))
			unlinkat(fd, de->d_name, AT_REMOVEDIR);
	closedir(dir);
}

static int make(struct instance *i)
{
	char path[64];

	snprintf(i->name, sizeof(i->name), PREFIX "%d", getpid());
	snprintf(path, sizeof(path), "instances/%s", i->name);
	/* An earlier process of this number was killed. */
	if (mkdirat(i->root, path, 0700) &&
	    (errno != EEXIST || unlinkat(i->root, path, AT_REMOVEDIR) ||
	     mkdirat(i->root, path, 0700)))
		return -errno;
	i->dir = openat(i->root, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return i->dir < 0 ? -errno : 0;
}

static int open_cpus(struct instance *i)
{
	int fd = openat(i->dir, "per_cpu", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;
	char path[280];
	int *more, err = 0;

	if (!dir)
		return -errno;
	while (!err && (de = readdir(dir))) {
		if (strncmp(de->d_name, "cpu", 3) != 0)
			continue;
		more = reallocarray(i->cpus, i->nr_cpus + 1, sizeof(*more));
		if (!more) {
			err = -ENOMEM;
			break;
		}
		i->cpus = more;
		snprintf(path, sizeof(path), "per_cpu/%s/trace_pipe_raw", de->d_name);
		more[i->nr_cpus] = openat(i->dir, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (more[i->nr_cpus] < 0)
			err = -errno;
		else
			i->nr_cpus++;
	}
	closedir(dir);
	return err ?: i->nr_cpus ? 0 : -ENOENT;
}

static int prepare(struct instance *i, uint32_t buffer_kb)
{
	char text[16];
	int err;

	snprintf(text, sizeof(text), "%u", buffer_kb);
	/* The clock of our events. */
	err = write_text(i->dir, "trace_clock", "boot");
	if (!err)
		err = write_text(i->dir, "buffer_size_kb", text);
	/* A reader is woken by the first record, not by a half-full buffer. Since 5.0; before, each
	 * record wakes. */
	if (!err)
		write_text(i->dir, "buffer_percent", "0");
	return err ?: open_cpus(i);
}

int instance_open(struct instance *ret, uint32_t buffer_kb)
{
	struct instance i = { .root = fsroot_open("tracefs"), .dir = -1 };
	int err;

	if (i.root < 0)
		return i.root;
	remove_left_behind(i.root);
	err = make(&i);
	if (!err)
		err = prepare(&i, buffer_kb);
	if (err) {
		instance_close(&i);
		return err;
	}
	*ret = i;
	return 0;
}

void instance_close(struct instance *i)
{
	char path[64];

	for (size_t k = 0; k < i->nr_cpus; k++)
		close(i->cpus[k]);
	free(i->cpus);
	if (i->dir >= 0) {
		close(i->dir);
		snprintf(path, sizeof(path), "instances/%s", i->name);
		for (int n = 0; n < REMOVE_TRIES; n++) {
			if (!unlinkat(i->root, path, AT_REMOVEDIR) || errno != EBUSY)
				break;
			usleep(10000);
		}
	}
	close(i->root);
}

int instance_enable(const struct instance *i, const char *event)
{
	char path[128];

	snprintf(path, sizeof(path), "events/%s/enable", event);
	return write_text(i->dir, path, "1");
}

size_t instance_count_cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_CONF);

	return n > 0 ? (size_t)n : 1;
}
