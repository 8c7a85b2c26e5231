// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define NETNS_RUN_DIR "/run/netns"
#define NAMES_KEPT_NS 2000000000ull

struct named {
	struct named *next;
	uint32_t inode;
	char name[];
};

/* Without /proc: a socket's namespace, which is told to who administers it. */
static int stat_of_socket(struct stat *ret)
{
	_cleanup_close_ int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	_cleanup_close_ int fd = sock < 0 ? -1 : ioctl(sock, SIOCGSKNS);

	return fd < 0 || fstat(fd, ret) ? -errno : 0;
}

int netns_now(uint32_t *ret)
{
	struct stat st;
	int err = stat("/proc/thread-self/ns/net", &st) ? stat_of_socket(&st) : 0;

	if (!err)
		*ret = st.st_ino;
	return err;
}

int netns_self(uint32_t *ret)
{
	static uint32_t own; /* we enter others only to come back */
	int err = own ? 0 : netns_now(&own);

	if (!err)
		*ret = own;
	return err;
}

static int inode_of(int dir, const char *path, uint32_t *ret)
{
	/* O_NONBLOCK: a FIFO in its place must not make us wait. */
	_cleanup_close_ int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct statfs fs;
	struct stat st;

	if (fd < 0 || fstatfs(fd, &fs) || fstat(fd, &st))
		return -errno;
	/* A name that nothing is mounted on any more is a plain empty file. */
	if (fs.f_type != NSFS_MAGIC || ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		return -EINVAL;
	*ret = st.st_ino;
	return 0;
}

int netns_lookup(const char *name_or_path, uint32_t *ret)
{
	char path[4096];
	int n;

	if (strchr(name_or_path, '/'))
		return inode_of(AT_FDCWD, name_or_path, ret);
	if (!name_or_path[0] || !strcmp(name_or_path, ".") || !strcmp(name_or_path, ".."))
		return -EINVAL;
	n = snprintf(path, sizeof(path), NETNS_RUN_DIR "/%s", name_or_path);
	if (n >= (int)sizeof(path))
		return -ENAMETOOLONG;
	return inode_of(AT_FDCWD, path, ret);
}

int netns_each_name(int (*fn)(void *arg, uint32_t inode, const char *name), void *arg)
{
	DIR *dir = opendir(NETNS_RUN_DIR);
	struct dirent *de;
	uint32_t inode;
	int err = 0;

	while (dir && !err && (de = readdir(dir)))
		if (de->d_name[0] != '.' && !inode_of(dirfd(dir), de->d_name, &inode))
			err = fn(arg, inode, de->d_name);
	if (dir)
		closedir(dir);
	return err;
}

static int keep_name(void *arg, uint32_t inode, const char *name)
{
	struct named **list = arg, *one = malloc(sizeof(*one) + strlen(name) + 1);

	if (!one)
		return -ENOMEM;
	one->inode = inode;
	one->next = *list;
	strcpy(one->name, name);
	*list = one;
	return 0;
}

static struct named *scan(void)
{
	struct named *list = NULL;

	netns_each_name(keep_name, &list);
	return list;
}

static void forget(struct named *list)
{
	struct named *next;

	for (; list; list = next) {
		next = list->next;
		free(list);
	}
}

const char *netns_name(uint32_t inode)
{
	static struct named *list;
	static uint64_t good_until_ns;
	uint64_t now;
	uint32_t own;

	if (!netns_self(&own) && inode == own)
		return NULL;
	now = clock_monotonic_ns();
	if (now >= good_until_ns) {
		forget(list);
		list = scan();
		good_until_ns = now + NAMES_KEPT_NS;
	}
	for (const struct named *one = list; one; one = one->next)
		if (one->inode == inode)
			return one->name;
	return NULL;
}
