// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/nofollow.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"

static int why_not(int parent, const char *name, int err)
{
	struct stat st;

	if (err == -ENOTDIR && !fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) &&
	    S_ISLNK(st.st_mode))
		return -ELOOP;
	return err;
}

int nofollow_dir(int parent, const char *name, int flags)
{
	int fd = openat(parent, name, flags | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? why_not(parent, name, -errno) : fd;
}

/* The next component, which may be empty: "a//b" is "a/b". */
static int next_name(const char **path, char ret_name[NAME_MAX + 1])
{
	size_t len = strcspn(*path, "/");

	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(ret_name, *path, len);
	ret_name[len] = '\0';
	*path += len;
	*path += strspn(*path, "/");
	return 0;
}

int nofollow_parent(const char *path, int *ret_fd, char ret_name[NAME_MAX + 1])
{
	_cleanup_close_ int fd = open(*path == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char name[NAME_MAX + 1];
	int next;

	if (fd < 0)
		return -errno;
	path += strspn(path, "/");
	for (;;) {
		int err = next_name(&path, name);

		if (err)
			return err;
		if (!name[0])
			return -EINVAL; /* the root directory, or nothing */
		if (!*path)
			break;
		next = nofollow_dir(fd, name, O_PATH);
		if (next < 0)
			return next;
		close(fd);
		fd = next;
	}
	memcpy(ret_name, name, sizeof(name));
	*ret_fd = TAKE_FD(fd);
	return 0;
}
