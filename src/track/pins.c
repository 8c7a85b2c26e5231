// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/pins.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "track/why.h"

#define BPFFS "/sys/fs/bpf"

static const char *const kinds[] = { "links", "progs", "maps" };

static bool on_bpffs(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && (unsigned int)fs.f_type == BPF_FS_MAGIC;
}

static int ensure_bpffs(const char *dir)
{
	char copy[4096];
	const char *parent;

	snprintf(copy, sizeof(copy), "%s", dir);
	parent = dirname(copy);
	if (on_bpffs(parent))
		return 0;
	if (!strncmp(dir, BPFFS "/", strlen(BPFFS) + 1) && !on_bpffs(BPFFS)) {
		if (mount("bpf", BPFFS, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"))
			return why(-errno, "cannot mount the BPF file system on " BPFFS ": %s",
				   strerror(errno));
		if (on_bpffs(parent))
			return 0;
	}
	if (access(parent, F_OK))
		return why(-ENOENT, "%s does not exist: make it, or choose another --pin-dir",
			   parent);
	return why(-EINVAL, "%s is not on a BPF file system: choose a --pin-dir below " BPFFS, dir);
}

static int try_lock(const char *dir, bool create)
{
	_cleanup_close_ int fd = -1;
	struct stat mine, now;

	if (create && mkdir(dir, 0700) && errno != EEXIST)
		return why(-errno, "cannot make %s: %s", dir, strerror(errno));
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOTDIR)
		return why(-EEXIST, "%s is in the way: it is not a directory", dir);
	if (fd < 0 && errno == ENOENT)
		return why(-ENOENT, "no tracker is loaded in %s", dir);
	if (fd < 0 || flock(fd, LOCK_EX))
		return why(-errno, "cannot lock %s: %s", dir, strerror(errno));
	if (fstat(fd, &mine) || stat(dir, &now) || mine.st_ino != now.st_ino)
		return -EAGAIN; /* removed while we waited */
	return TAKE_FD(fd);
}

int pins_lock(const char *dir, bool create)
{
	int fd, err;

	if (create) {
		err = ensure_bpffs(dir);
		if (err)
			return err;
	}
	do
		fd = try_lock(dir, create);
	while (fd == -EAGAIN);
	return fd;
}

static int each_pin(const char *dir, int (*fn)(const char *path))
{
	char path[4096 + 512];
	struct dirent *d;
	int err = 0;
	DIR *stream;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, kinds[i]);
		stream = opendir(path);
		if (!stream)
			continue;
		while (!err && (d = readdir(stream)) != NULL) {
			if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
				continue;
			snprintf(path, sizeof(path), "%s/%s/%s", dir, kinds[i], d->d_name);
			err = fn(path);
		}
		closedir(stream);
	}
	return err;
}

static int found(const char *path)
{
	(void)path;
	return 1;
}

static int remove_pin(const char *path)
{
	return unlink(path) && errno != ENOENT ? -errno : 0;
}

bool pins_empty(const char *dir)
{
	return each_pin(dir, found) == 0;
}

int pins_clear(const char *dir)
{
	char path[4096];
	int err;

	/* What makes it a tracker goes first. Killed in the middle of the rest we leave a part of
	 * one, with maps that no hook keeps right, and nobody must believe it. */
	snprintf(path, sizeof(path), "%s/maps/meta", dir);
	unlink(path);
	err = each_pin(dir, remove_pin);
	snprintf(path, sizeof(path), "%s/try", dir);
	unlink(path);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, kinds[i]);
		rmdir(path);
	}
	return err ? why(err, "cannot remove the tracker in %s: %s", dir, strerror(-err)) : 0;
}

int pins_remove(const char *dir)
{
	int err = pins_clear(dir);

	if (!err && rmdir(dir) && errno != ENOENT)
		return why(-errno, "cannot remove %s: %s", dir, strerror(errno));
	return err;
}
