// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/cleanup.h"

#define CACHE_SLOTS 256

/* Type of a kernfs file handle, which is the 64-bit id alone: Linux 5.5, 33c5ac9175195. */
#ifndef FILEID_KERNFS
#define FILEID_KERNFS 0xfe
#endif

DEFINE_CLEANUP(FILE *, endmntent);

/* Where cgroup2 is mounted; NULL: nowhere. */
static const char *mount_point(void)
{
	static char found[4096];
	static bool looked;
	struct statfs fs;
	struct mntent mnt;
	char buf[4096];

	if (looked)
		return found[0] ? found : NULL;
	looked = true;
	if (!statfs("/sys/fs/cgroup", &fs) && fs.f_type == CGROUP2_SUPER_MAGIC)
		return strcpy(found, "/sys/fs/cgroup");

	_cleanup_(endmntent_p) FILE *f = setmntent("/proc/self/mounts", "re");

	while (f && getmntent_r(f, &mnt, buf, sizeof(buf))) {
		if (!strcmp(mnt.mnt_type, "cgroup2") && strlen(mnt.mnt_dir) < sizeof(found))
			return strcpy(found, mnt.mnt_dir);
	}
	return NULL;
}

/* Where version 1's freezer is mounted; NULL: nowhere. */
static const char *freezer_mount_point(void)
{
	static char found[4096];
	static bool looked;
	struct mntent mnt;
	char buf[4096];

	if (looked)
		return found[0] ? found : NULL;
	looked = true;

	_cleanup_(endmntent_p) FILE *f = setmntent("/proc/self/mounts", "re");

	while (f && getmntent_r(f, &mnt, buf, sizeof(buf)))
		if (!strcmp(mnt.mnt_type, "cgroup") && hasmntopt(&mnt, "freezer") &&
		    strlen(mnt.mnt_dir) < sizeof(found))
			return strcpy(found, mnt.mnt_dir);
	return NULL;
}

/* A short file of a cgroup, with a NUL behind it; empty where it cannot be read. */
static void read_file(const char *mnt, const char *path, size_t len, const char *name,
		      char buf[256])
{
	_cleanup_free_ char *full = NULL;
	ssize_t n;

	buf[0] = '\0';
	if (!mnt || asprintf(&full, "%s%.*s/%s", mnt, (int)len, path, name) < 0) {
		full = NULL;
		return;
	}

	_cleanup_close_ int fd = open(full, O_RDONLY | O_CLOEXEC);

	n = fd < 0 ? -1 : read(fd, buf, 255);
	buf[n > 0 ? n : 0] = '\0';
}

bool cgroup_is_frozen(const char *path, size_t len)
{
	char text[256];

	read_file(mount_point(), path, len, "cgroup.events", text);
	return strstr(text, "frozen 1");
}

bool cgroup_is_frozen_v1(const char *path, size_t len)
{
	char text[256];

	read_file(freezer_mount_point(), path, len, "freezer.state", text);
	return !strncmp(text, "FROZEN", 6) || !strncmp(text, "FREEZING", 8);
}

int cgroup_lookup(const char *text, char **ret_path, uint64_t *ret_id)
{
	const char *mnt = mount_point();
	_cleanup_free_ char *full = NULL;
	size_t len, end;
	struct stat st;
	char *path;

	if (!mnt)
		return -ENOENT;
	len = strlen(mnt);
	if (!strncmp(text, mnt, len) && (text[len] == '/' || !text[len]))
		text += len;
	while (*text == '/')
		text++;
	for (end = strlen(text); end && text[end - 1] == '/'; end--)
		;
	if (asprintf(&full, "%s/%.*s", mnt, (int)end, text) < 0) {
		full = NULL;
		return -ENOMEM;
	}
	if (stat(full, &st))
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	path = strdup(full + len);
	if (!path)
		return -ENOMEM;
	*ret_path = path;
	*ret_id = st.st_ino;
	return 0;
}

/* The path from the root of the tree, malloc'd; NULL: unknown. */
static char *path_by_handle(uint64_t id)
{
	union {
		struct file_handle head;
		char room[sizeof(struct file_handle) + sizeof(id)];
	} handle = { .head = { .handle_bytes = sizeof(id), .handle_type = FILEID_KERNFS } };
	const char *mnt = mount_point();
	char link[32], full[4096];
	ssize_t n;

	if (!mnt)
		return NULL;

	_cleanup_close_ int mnt_fd = open(mnt, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	memcpy(handle.head.f_handle, &id, sizeof(id));

	_cleanup_close_ int fd =
		mnt_fd < 0 ? -1 : open_by_handle_at(mnt_fd, &handle.head, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return NULL;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, full, sizeof(full) - 1);
	if (n < 0 || (size_t)n == sizeof(full) - 1)
		return NULL;
	full[n] = '\0';
	if (strncmp(full, mnt, strlen(mnt)))
		return NULL;
	return strdup(full[strlen(mnt)] ? full + strlen(mnt) : "/");
}

const char *cgroup_path(uint64_t id)
{
	static struct {
		uint64_t id;
		char *path;
	} cache[CACHE_SLOTS];
	/* Ids are handed out in a row, so their low bits spread well. */
	size_t slot = id % CACHE_SLOTS;

	if (!id)
		return NULL;
	if (cache[slot].id != id) {
		free(cache[slot].path);
		cache[slot].path = path_by_handle(id);
		cache[slot].id = id;
	}
	return cache[slot].path;
}
