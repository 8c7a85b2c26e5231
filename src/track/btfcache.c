// SPDX-License-Identifier: GPL-2.0-or-later
#include "track/btfcache.h"

#include <bpf/btf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/btf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fnv.h"
#include "track/elfbtf.h"
#include "track/kernelid.h"
#include "track/minbtf.h"

#define SIZE_MIN 256
#define SIZE_MAX_KEPT (1 << 20)
#define OBJECTS_MAX 16
#define KEPT_SECONDS 3600 /* a file of another version of the program */
#define HASH_LEN 16
#define SUFFIX ".btf"
#define NAME_SIZE (KERNELID_MAX + 1 + HASH_LEN + sizeof(SUFFIX))

DEFINE_CLEANUP(struct btf *, btf__free);

struct request {
	struct btfcache_paths paths;
	const struct btfcache_object *objects;
	size_t nr;
	char kernel[KERNELID_MAX + 1];
	char name[NAME_SIZE]; /* KERNEL-OBJECTS.btf */
};

void btfcache_done(struct btfcache *cache)
{
	if (cache->fd >= 0)
		close(cache->fd);
	cache->fd = -1;
}

/* ---- the name ---- */

/* The version stands for the rules by which the file was made. */
static int name_file(struct request *r)
{
	uint64_t hash = fnv_add(FNV_START, PORTWATCH_VERSION, sizeof(PORTWATCH_VERSION));
	const void *data;
	size_t size;

	for (size_t i = 0; i < r->nr; i++) {
		int err = elfbtf_find(r->objects[i].elf, r->objects[i].size, &data, &size);

		if (err)
			return err;
		hash = fnv_add(fnv_add(hash, &size, sizeof(size)), data, size);
	}
	kernelid_read(r->paths.notes, r->kernel);
	snprintf(r->name, sizeof(r->name), "%s-%016" PRIx64 SUFFIX, r->kernel, hash);
	return 0;
}

/* KERNEL-OBJECTS.btf, with or without the ending of a file that was being written. */
static bool is_ours(const char *name)
{
	size_t kernel = strspn(name, "0123456789abcdef");

	if (kernel < KERNELID_MIN || kernel > KERNELID_MAX || name[kernel] != '-')
		return false;
	name += kernel + 1;
	if (strspn(name, "0123456789abcdef") != HASH_LEN)
		return false;
	name += HASH_LEN;
	if (strncmp(name, SUFFIX, strlen(SUFFIX)))
		return false;
	name += strlen(SUFFIX);
	return !*name || (*name == '.' && strspn(name + 1, "0123456789abcdef") == HASH_LEN &&
			  !name[1 + HASH_LEN]);
}

/* ---- whom to trust ---- */

static int check_root_only(int fd, mode_t type, struct stat *ret)
{
	if (fstat(fd, ret))
		return -errno;
	if ((ret->st_mode & S_IFMT) != type || ret->st_uid || ret->st_mode & (S_IWGRP | S_IWOTH))
		return -EPERM;
	return 0;
}

static int open_dir(const char *path, int *ret)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int err;

	if (fd < 0)
		return -errno;
	err = check_root_only(fd, S_IFDIR, &st);
	if (err)
		return err;
	*ret = TAKE_FD(fd);
	return 0;
}

/* Check that the file is whole, by the lengths in its header. */
static int check_content(int fd, uint64_t size)
{
	struct btf_header h;

	if (size < SIZE_MIN || size > SIZE_MAX_KEPT)
		return -EINVAL;
	if (pread(fd, &h, sizeof(h), 0) != sizeof(h))
		return -EINVAL;
	if (h.magic != BTF_MAGIC || h.version != BTF_VERSION || h.hdr_len < sizeof(h))
		return -EINVAL;
	if ((uint64_t)h.hdr_len + h.str_off + h.str_len != size ||
	    (uint64_t)h.type_off + h.type_len > h.str_off)
		return -EINVAL;
	return 0;
}

/* O_NONBLOCK: a FIFO in its place must not hold us up. */
static int open_file(int dir, const char *name, int *ret)
{
	_cleanup_close_ int fd =
		openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	int err;

	if (fd < 0)
		return -errno;
	err = check_root_only(fd, S_IFREG, &st);
	if (!err)
		err = check_content(fd, st.st_size);
	if (err)
		return err;
	*ret = TAKE_FD(fd);
	return 0;
}

static int find(const struct request *r, struct btfcache *ret)
{
	_cleanup_close_ int dir = -1;
	int err = open_dir(r->paths.dir, &dir), len;

	if (!err)
		err = open_file(dir, r->name, &ret->fd);
	if (err)
		return err;
	snprintf(ret->path, sizeof(ret->path), "/proc/self/fd/%d", ret->fd);
	if (!access(ret->path, R_OK))
		return 0;
	len = snprintf(ret->path, sizeof(ret->path), "%s/%s", r->paths.dir, r->name);
	return len < (int)sizeof(ret->path) ? 0 : -ENAMETOOLONG;
}

/* ---- making it ---- */

/* An umask may have kept others from reading what we make. */
static int make_dir(const char *path, int *ret)
{
	_cleanup_close_ int fd = -1;
	bool created = !mkdir(path, 0755);
	int err = created || errno == EEXIST ? open_dir(path, &fd) : -errno;

	if (err)
		return err;
	if (created && fchmod(fd, 0755))
		return -errno;
	*ret = TAKE_FD(fd);
	return 0;
}

static int make_btf(const struct request *r, struct btf **ret)
{
	_cleanup_(btf__free_p) struct btf *kernel = btf__parse_raw(r->paths.btf);
	struct btf *objects[OBJECTS_MAX] = {};
	const void *data;
	size_t size;
	int err = kernel ? 0 : -errno;

	for (size_t i = 0; !err && i < r->nr; i++) {
		err = elfbtf_find(r->objects[i].elf, r->objects[i].size, &data, &size);
		objects[i] = err ? NULL : btf__new(data, size);
		if (!err && !objects[i])
			err = -errno;
	}
	if (!err)
		err = minbtf_make(kernel, (const struct btf *const *)objects, r->nr, ret);
	for (size_t i = 0; i < r->nr; i++)
		btf__free(objects[i]);
	return err;
}

static int write_btf(const struct request *r, int fd)
{
	_cleanup_(btf__free_p) struct btf *btf = NULL;
	const void *data;
	__u32 size;
	int err = make_btf(r, &btf);

	if (err)
		return err;
	data = btf__raw_data(btf, &size);
	if (!data)
		return -ENOMEM;
	if (size < SIZE_MIN || size > SIZE_MAX_KEPT)
		return -EFBIG;
	if (write(fd, data, size) != (ssize_t)size)
		return -ENOSPC;
	return fchmod(fd, 0644) ? -errno : 0;
}

/* Remove what another version of the program made on this kernel only when that version has had its
 * time: two that are used in turn would else have to make their files each time. */
static bool is_outdated(const struct request *r, int dir, const char *name)
{
	size_t len = strlen(r->kernel);
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode) || st.st_uid)
		return false;
	if (strncmp(name, r->kernel, len) != 0 || name[len] != '-')
		return true; /* that kernel does not run any more */
	return strcmp(name, r->name) != 0 && time(NULL) - st.st_mtime > KEPT_SECONDS;
}

/* Nobody else may write to this directory, so what was looked at is what is removed. */
static void remove_others(const struct request *r, int dir)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *e;

	if (!d && copy >= 0)
		close(copy);
	while (d && (e = readdir(d)))
		if (is_ours(e->d_name) && is_outdated(r, dir, e->d_name))
			unlinkat(dir, e->d_name, 0);
	if (d)
		closedir(d);
}

/* The temporary file comes first: where nothing can be written, nothing is read for it. */
static int make(const struct request *r)
{
	_cleanup_close_ int dir = -1, fd = -1;
	char temporary[NAME_SIZE + 1 + HASH_LEN];
	uint64_t number;
	int err = make_dir(r->paths.dir, &dir);

	if (err)
		return err;
	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != sizeof(number))
		return -EAGAIN;
	snprintf(temporary, sizeof(temporary), "%s.%016" PRIx64, r->name, number);
	fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = write_btf(r, fd);
	if (!err && renameat(dir, temporary, dir, r->name))
		err = -errno;
	if (err) {
		unlinkat(dir, temporary, 0);
		return err;
	}
	remove_others(r, dir);
	return 0;
}

/* Root himself, and not who was given his rights by the file that was executed. */
static bool may_make(void)
{
	return !geteuid() && !getuid();
}

int btfcache_open_in(const struct btfcache_paths *paths, const struct btfcache_object *objects,
		     size_t nr, struct btfcache *ret)
{
	struct request r = { .paths = *paths, .objects = objects, .nr = nr };
	_cleanup_(btfcache_done) struct btfcache cache = BTFCACHE_NONE;
	int err;

	if (nr > OBJECTS_MAX)
		return -E2BIG;
	r.paths.dir = paths->dir ?: "/run/portwatch";
	r.paths.notes = paths->notes ?: KERNELID_NOTES;
	r.paths.btf = paths->btf ?: "/sys/kernel/btf/vmlinux";
	err = name_file(&r);
	if (err)
		return err;
	err = find(&r, &cache);
	if (err && !may_make())
		return -ENOENT;
	if (err) {
		err = make(&r) ?: find(&r, &cache);
		cache.made = true;
	}
	if (err)
		return err;
	*ret = cache;
	cache.fd = -1;
	return 0;
}

int btfcache_open(const struct btfcache_object *objects, size_t nr, struct btfcache *ret)
{
	return btfcache_open_in(&(struct btfcache_paths){}, objects, nr, ret);
}
