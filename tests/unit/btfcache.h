/* SPDX-License-Identifier: GPL-2.0-or-later */
/* btfcache: a place of its own, with a kernel of its own, for the tests of the kept types. */
#ifndef UNIT_BTFCACHE_H
#define UNIT_BTFCACHE_H

#include <bpf/btf.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "track/btfcache.h"
#include "track/kernelid.h"
#include "unit.h"

#include "portwatch.skel.h"
#include "session.skel.h"

/* A directory with room for a cache, ELF notes and a BTF that stands for the kernel's. */
struct room {
	char path[32], dir[64], notes[64], btf[64];
	struct btfcache_paths paths;
	struct btfcache_object objects[2];
	char file[128]; /* name of the first file that was made in dir */
};

unit_fn void write_file(const char *path, const void *data, size_t size, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), size);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* A note of the name and type of a build id whose bytes are all the same. */
unit_fn void write_notes(const char *path, unsigned char byte)
{
	char notes[36] = "\4\0\0\0\24\0\0\0\3\0\0\0GNU";

	memset(notes + 16, byte, 20);
	write_file(path, notes, sizeof(notes), 0644);
}

/* A kernel that has little but a struct task_struct: quick, and there is one without BTF, too. */
unit_fn void write_kernel(const char *path)
{
	static const char *const members[] = { "flags",	 "exit_code", "mm",
					       "pid",	 "tgid",      "group_leader",
					       "comm",	 "cred",      "start_boottime",
					       "files",	 "nsproxy",   "thread_pid",
					       "signal", "cgroups",   "not_wanted" };
	struct btf *btf = btf__new_empty();
	const void *data;
	__u32 size;

	assert_true(btf__add_int(btf, "int", 4, BTF_INT_SIGNED) == 1);
	assert_true(btf__add_struct(btf, "task_struct", 64) > 0);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		assert_int_equal(btf__add_field(btf, members[i], 1, 32 * i, 0), 0);
	data = btf__raw_data(btf, &size);
	assert_non_null(data);
	write_file(path, data, size, 0644);
	btf__free(btf);
}

unit_fn int set_up(void **state)
{
	struct room *r = calloc(1, sizeof(*r));

	strcpy(r->path, "/tmp/btfcache.XXXXXX");
	if (!mkdtemp(r->path) || chmod(r->path, 0755))
		return -1;
	snprintf(r->dir, sizeof(r->dir), "%s/run", r->path);
	snprintf(r->notes, sizeof(r->notes), "%s/notes", r->path);
	snprintf(r->btf, sizeof(r->btf), "%s/btf", r->path);
	r->paths = (struct btfcache_paths){ .dir = r->dir, .notes = r->notes, .btf = r->btf };
	r->objects[0].elf = portwatch_bpf__elf_bytes(&r->objects[0].size);
	r->objects[1].elf = session_bpf__elf_bytes(&r->objects[1].size);
	write_notes(r->notes, 0xAB);
	write_kernel(r->btf);
	*state = r;
	return 0;
}

unit_fn int unlink_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

unit_fn int tear_down(void **state)
{
	struct room *r = *state;
	int err = nftw(r->path, unlink_one, 8, FTW_DEPTH | FTW_PHYS);

	free(r);
	return err;
}

unit_fn void need_root(void)
{
	if (!geteuid())
		return;
	print_message("# skipped: needs root, which alone makes files and is trusted\n");
	skip();
}

unit_fn int open_cache(struct room *r, struct btfcache *ret)
{
	return btfcache_open_in(&r->paths, r->objects, 1, ret);
}

/* Whether one was there already; names it in r->file. */
unit_fn bool opens(struct room *r, bool *ret_made)
{
	_cleanup_(btfcache_done) struct btfcache c = BTFCACHE_NONE;
	char link[64], path[256] = "";
	struct btf *btf;

	if (open_cache(r, &c))
		return false;
	*ret_made = c.made;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", c.fd);
	assert_true(readlink(link, path, sizeof(path) - 1) > 0);
	snprintf(r->file, sizeof(r->file), "%.*s", (int)sizeof(r->file) - 1, path);
	btf = btf__parse(c.path, NULL);
	assert_non_null(btf);
	assert_true(btf__find_by_name_kind(btf, "task_struct", BTF_KIND_STRUCT) > 0);
	btf__free(btf);
	return true;
}

unit_fn void assert_made(struct room *r, bool expected)
{
	bool made = !expected;

	assert_true(opens(r, &made));
	assert_int_equal(made, expected);
}

unit_fn bool exists(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

#endif
