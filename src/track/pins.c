// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/pins.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/filelock.h"
#include "sys/lent.h"
#include "sys/nofollow.h"
#include "track/reason.h"

#define BPFFS "/sys/fs/bpf"
/* More than any load takes, also where the processor is emulated. */
#define PATIENCE_MS 30000

const char *const pin_folders[PIN_KINDS] = {
	[PIN_LINKS] = "links",
	[PIN_PROGS] = "progs",
	[PIN_MAPS] = "maps",
};

static bool is_bpffs(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && (unsigned int)fs.f_type == BPF_FS_MAGIC;
}

/* Trust root and ourselves. A process whose rights come from its file acts for somebody who has
 * none, and trusts root alone. */
static bool is_trusted(const struct stat *st)
{
	return (!st->st_uid || (st->st_uid == geteuid() && !lent_any())) &&
	       !(st->st_mode & (S_IWGRP | S_IWOTH));
}

/* Could nobody else have put something into this directory? */
static int check(int fd, const char *path, const char *folder)
{
	const char *slash = *folder ? "/" : "";
	struct stat st;

	if (fstat(fd, &st))
		return failed(-errno, "cannot look at %s%s%s: %s", path, slash, folder,
			      strerror(errno));
	if (!is_bpffs(fd))
		return failed(-EINVAL,
			      "%s%s%s is not on a BPF file system: choose a --pin-dir below " BPFFS,
			      path, slash, folder);
	if (!is_trusted(&st))
		return failed(-EPERM, "%s%s%s is not root's alone: it is no tracker's to believe",
			      path, slash, folder);
	return 0;
}

static int cannot_open(const char *path, const char *folder, int err)
{
	const char *slash = *folder ? "/" : "";

	if (err == -ENOENT)
		return failed(err, "no tracker is loaded in %s", path);
	if (err == -ELOOP)
		return failed(-EPERM, "%s%s%s leads through a symbolic link: it is not followed",
			      path, slash, folder);
	if (err == -ENOTDIR)
		return failed(-EEXIST, "%s%s%s is in the way: it is not a directory", path, slash,
			      folder);
	return failed(err, "cannot open %s%s%s: %s", path, slash, folder, strerror(-err));
}

void pins_close(struct pins *p)
{
	int *const fds[] = { &p->lock,	    &p->folder[0], &p->folder[1],
			     &p->folder[2], &p->dir,	   &p->parent };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (*fds[i] >= 0)
			close(*fds[i]);
	free(p->path);
	*p = (struct pins)PINS_NONE;
}

static int open_folder(struct pins *p, enum pin_kind kind)
{
	int fd = nofollow_dir(p->dir, pin_folders[kind], O_PATH), err;

	if (fd < 0)
		return fd == -ENOENT ? 0 : cannot_open(p->path, pin_folders[kind], fd);
	err = check(fd, p->path, pin_folders[kind]);
	if (err) {
		close(fd);
		return err;
	}
	p->folder[kind] = fd;
	return 0;
}

/* Below p->parent, which is open. */
static int open_dir(struct pins *p)
{
	int err;

	p->dir = nofollow_dir(p->parent, p->name, O_PATH);
	if (p->dir < 0)
		return cannot_open(p->path, "", p->dir);
	err = check(p->dir, p->path, "");
	for (size_t i = 0; !err && i < PIN_KINDS; i++)
		err = open_folder(p, i);
	return err;
}

static int open_parent(struct pins *p, const char *path)
{
	int err;

	p->path = strdup(path);
	if (!p->path)
		return failed(-ENOMEM, "out of memory");
	err = nofollow_parent(path, &p->parent, p->name);
	return err ? cannot_open(path, "", err) : 0;
}

/* Members may pass the directory by the group that their program file has. */
static int open_all(struct pins *p, const char *path)
{
	int err;

	lent_use();
	err = open_parent(p, path);
	if (!err)
		err = open_dir(p);
	lent_rest();
	return err;
}

int pins_open(const char *path, struct pins *ret)
{
	_cleanup_(pins_close) struct pins p = PINS_NONE;
	int err = open_all(&p, path);

	if (err)
		return err;
	*ret = p;
	p = (struct pins)PINS_NONE;
	return 0;
}

static int mount_bpffs(const char *path)
{
	struct statfs fs;

	if (strncmp(path, BPFFS "/", strlen(BPFFS) + 1) || statfs(BPFFS, &fs) ||
	    (unsigned int)fs.f_type == BPF_FS_MAGIC)
		return 0;
	if (mount("bpf", BPFFS, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"))
		return failed(-errno, "cannot mount the BPF file system on " BPFFS ": %s",
			      strerror(errno));
	return 0;
}

/* Makes the directory unless it is there. */
static int create_dir(const char *path)
{
	_cleanup_(pins_close) struct pins p = PINS_NONE;
	int err = mount_bpffs(path);

	if (!err)
		err = open_parent(&p, path);
	if (err == -ENOENT)
		return failed(err,
			      "the directory of %s does not exist: make it, or choose another "
			      "--pin-dir",
			      path);
	if (err)
		return err;
	if (!is_bpffs(p.parent))
		return failed(-EINVAL,
			      "%s is not on a BPF file system: choose a --pin-dir below " BPFFS,
			      path);
	if (mkdirat(p.parent, p.name, 0700) && errno != EEXIST)
		return failed(-errno, "cannot make %s: %s", path, strerror(errno));
	return 0;
}

static int locked_by(const struct pins *p, int fd)
{
	pid_t holder = filelock_holder(fd);

	if (!holder)
		return failed(-EBUSY, "%s is locked by another process", p->path);
	return failed(-EBUSY, "%s is locked by the process with PID %d", p->path, holder);
}

int pins_lock_again(const struct pins *p, bool wait)
{
	_cleanup_close_ int fd = openat(p->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = fd < 0 ? -errno : filelock(fd, wait ? PATIENCE_MS : 0);

	if (err == -EWOULDBLOCK && wait)
		return locked_by(p, fd);
	if (err == -EWOULDBLOCK)
		return err;
	return err ? failed(err, "cannot lock %s: %s", p->path, strerror(-err)) : TAKE_FD(fd);
}

static bool is_still_there(const struct pins *p)
{
	struct stat mine, now;

	return !fstat(p->dir, &mine) && !fstatat(p->parent, p->name, &now, AT_SYMLINK_NOFOLLOW) &&
	       mine.st_ino == now.st_ino && mine.st_dev == now.st_dev;
}

/* The folders are opened under the lock: another load may have made them, or an unload removed
 * them, meanwhile. -EAGAIN: the directory was removed while we waited. */
static int try_lock(const char *path, bool create, struct pins *p)
{
	int err = create ? create_dir(path) : 0;

	if (!err)
		err = open_parent(p, path);
	if (err)
		return err;
	p->dir = nofollow_dir(p->parent, p->name, O_PATH);
	if (p->dir < 0)
		return p->dir == -ENOENT && create ? -EAGAIN : cannot_open(path, "", p->dir);
	err = check(p->dir, path, "");
	if (err)
		return err;
	p->lock = pins_lock_again(p, true);
	if (p->lock < 0)
		return p->lock;
	if (!is_still_there(p))
		return -EAGAIN;
	for (size_t i = 0; !err && i < PIN_KINDS; i++)
		err = open_folder(p, i);
	return err;
}

int pins_lock(const char *path, bool create, struct pins *ret)
{
	struct pins p;
	int err;

	for (;;) {
		p = (struct pins)PINS_NONE;
		err = try_lock(path, create, &p);
		if (!err)
			break;
		pins_close(&p);
		if (err != -EAGAIN)
			return err;
	}
	*ret = p;
	return 0;
}

int pins_make(struct pins *p)
{
	int err = 0;

	for (size_t i = 0; !err && i < PIN_KINDS; i++) {
		if (p->folder[i] >= 0)
			continue;
		if (mkdirat(p->dir, pin_folders[i], 0700) && errno != EEXIST)
			return failed(-errno, "cannot make %s/%s: %s", p->path, pin_folders[i],
				      strerror(errno));
		err = open_folder(p, i);
	}
	return err;
}

/* bpf() takes a path and, before 6.5, nothing else: /proc leads from the descriptor to it. */
void pins_path(const struct pins *p, enum pin_kind kind, const char *name, char *ret, size_t size)
{
	snprintf(ret, size, "/proc/self/fd/%d/%s", p->folder[kind], name);
}

int pins_get(const struct pins *p, enum pin_kind kind, const char *name, uint32_t flags)
{
	DECLARE_LIBBPF_OPTS(bpf_obj_get_opts, opts, .file_flags = flags);
	char path[64 + NAME_MAX];
	int fd;

	if (p->folder[kind] < 0)
		return -ENOENT;
	pins_path(p, kind, name, path, sizeof(path));
	lent_use();
	fd = bpf_obj_get_opts(path, &opts);
	if (fd < 0)
		fd = -errno;
	lent_rest();
	return fd;
}

int pins_put(const struct pins *p, enum pin_kind kind, const char *name, int fd)
{
	char path[64 + NAME_MAX];

	if (fd < 0)
		return fd;
	pins_path(p, kind, name, path, sizeof(path));
	return bpf_obj_pin(fd, path) ? -errno : 0;
}
