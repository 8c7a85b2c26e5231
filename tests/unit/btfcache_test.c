// SPDX-License-Identifier: GPL-2.0-or-later
#include "btfcache.h"

#include <dirent.h>
#include <errno.h>
#include <linux/btf.h>
#include <sys/wait.h>

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"
#define NOBODY 65534

static int files_in(const char *dir)
{
	DIR *d = opendir(dir);
	int nr = 0;

	assert_non_null(d);
	while (readdir(d))
		nr++;
	closedir(d);
	return nr - 2;
}

/* Open the cache in a process of another user. Return 0 or an errno. */
static int as_nobody(struct room *r)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		struct btfcache c = BTFCACHE_NONE;

		if (setgid(NOBODY) || setuid(NOBODY))
			_exit(200);
		_exit(-open_cache(r, &c));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void made_once_and_for_root_alone_to_change(void **state)
{
	struct room *r = *state;
	struct stat st;

	need_root();
	umask(077);
	assert_made(r, true);
	umask(022);
	assert_made(r, false);
	assert_non_null(strstr(r->file, "/abababababababababababababababababababab-"));
	assert_int_equal(stat(r->file, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0644);
	assert_int_equal(st.st_uid, 0);
	assert_int_equal(stat(r->dir, &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0755);
	assert_int_equal(files_in(r->dir), 1);
}

static void others_read_but_never_make(void **state)
{
	struct room *r = *state;

	need_root();
	assert_int_equal(as_nobody(r), ENOENT);
	assert_false(exists(r->dir));
	assert_made(r, true);
	assert_int_equal(as_nobody(r), 0);
}

static void other_objects_have_other_files(void **state)
{
	struct room *r = *state;
	struct btfcache both = BTFCACHE_NONE;

	need_root();
	assert_made(r, true);
	assert_int_equal(btfcache_open_in(&r->paths, r->objects, 2, &both), 0);
	assert_true(both.made);
	btfcache_done(&both);
	assert_made(r, false);
}

static void other_kernel_has_its_own_and_the_old_one_goes(void **state)
{
	struct room *r = *state;
	char old[128], foreign[128], temporary[160];

	need_root();
	assert_made(r, true);
	strcpy(old, r->file);
	snprintf(temporary, sizeof(temporary), "%s.0123456789abcdef", old);
	write_file(temporary, "x", 1, 0600);
	snprintf(foreign, sizeof(foreign), "%s/abababababababab.btf", r->dir);
	write_file(foreign, "x", 1, 0644);
	write_notes(r->notes, 0xCD);
	assert_int_equal(as_nobody(r), ENOENT);
	assert_made(r, true);
	assert_string_not_equal(old, r->file);
	assert_false(exists(old));
	assert_false(exists(temporary));
	assert_true(exists(foreign));
}

static void without_a_build_id_uname_tells(void **state)
{
	struct room *r = *state;
	char id[KERNELID_MAX + 1];

	need_root();
	assert_int_equal(unlink(r->notes), 0);
	kernelid_read(r->notes, id);
	assert_int_equal(strlen(id), 16);
	assert_made(r, true);
	assert_non_null(strstr(r->file, id));
	assert_made(r, false);
}

/* ---- what is not as we made it ---- */

static void truncate_it(struct room *r)
{
	assert_int_equal(truncate(r->file, 400), 0);
}

static void empty_it(struct room *r)
{
	assert_int_equal(truncate(r->file, 0), 0);
}

static void blow_it_up(struct room *r)
{
	assert_int_equal(truncate(r->file, 2 << 20), 0);
}

static void spoil(struct room *r, off_t at, unsigned char byte)
{
	int fd = open(r->file, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

static void spoil_magic(struct room *r)
{
	spoil(r, offsetof(struct btf_header, magic), 0);
}

static void spoil_length(struct room *r)
{
	spoil(r, offsetof(struct btf_header, type_len) + 3, 0x7F);
}

static void let_others_write(struct room *r)
{
	assert_int_equal(chmod(r->file, 0646), 0);
}

static void let_group_write(struct room *r)
{
	assert_int_equal(chmod(r->file, 0664), 0);
}

static void give_away(struct room *r)
{
	assert_int_equal(chown(r->file, NOBODY, 0), 0);
}

/* To a good file. */
static void make_link(struct room *r)
{
	char target[160];

	snprintf(target, sizeof(target), "%s/elsewhere", r->path);
	assert_int_equal(rename(r->file, target), 0);
	assert_int_equal(symlink(target, r->file), 0);
}

static void make_fifo(struct room *r)
{
	assert_int_equal(unlink(r->file), 0);
	assert_int_equal(mkfifo(r->file, 0644), 0);
}

static void odd_files_are_replaced_not_used(void **state)
{
	static void (*const spoilers[])(struct room *) = {
		truncate_it,	  empty_it,	   blow_it_up, spoil_magic, spoil_length,
		let_others_write, let_group_write, give_away,  make_link,   make_fifo,
	};
	struct room *r = *state;

	need_root();
	assert_made(r, true);
	for (size_t i = 0; i < ARRAY_SIZE(spoilers); i++) {
		spoilers[i](r);
		assert_row(i, as_nobody(r) == ENOENT);
		assert_made(r, true);
		assert_made(r, false);
	}
}

static void odd_directories_are_not_used(void **state)
{
	struct room *r = *state;
	char real[80];
	bool made;

	need_root();
	assert_made(r, true);
	assert_int_equal(chmod(r->dir, 01777), 0);
	assert_false(opens(r, &made));
	assert_int_equal(chmod(r->dir, 0775), 0);
	assert_false(opens(r, &made));
	assert_int_equal(chmod(r->dir, 0755), 0);
	assert_int_equal(chown(r->dir, NOBODY, 0), 0);
	assert_false(opens(r, &made));
	assert_int_equal(chown(r->dir, 0, 0), 0);
	assert_made(r, false);
	snprintf(real, sizeof(real), "%s/real", r->path);
	assert_int_equal(rename(r->dir, real), 0);
	assert_int_equal(symlink(real, r->dir), 0);
	assert_false(opens(r, &made));
	assert_int_equal(unlink(r->dir), 0);
	write_file(r->dir, "x", 1, 0644);
	assert_false(opens(r, &made));
}

static void nowhere_to_write_is_an_error(void **state)
{
	struct room *r = *state;
	struct btfcache c = BTFCACHE_NONE;

	need_root();
	snprintf(r->dir, sizeof(r->dir), "%s/no/run", r->path);
	assert_int_equal(open_cache(r, &c), -ENOENT);
	/* Not even root makes a file there. */
	r->paths.dir = "/proc/self";
	assert_int_not_equal(open_cache(r, &c), 0);
	assert_int_equal(c.fd, -1);
}

static void failure_leaves_nothing(void **state)
{
	struct room *r = *state;
	struct btfcache c = BTFCACHE_NONE;

	need_root();
	assert_int_equal(unlink(r->btf), 0);
	assert_int_equal(open_cache(r, &c), -ENOENT);
	assert_int_equal(rmdir(r->dir), 0);
	write_file(r->btf, "no BTF", 6, 0644);
	assert_true(open_cache(r, &c) < 0);
	assert_int_equal(rmdir(r->dir), 0);
}

static void objects_without_btf_are_refused(void **state)
{
	struct room *r = *state;
	struct btfcache c = BTFCACHE_NONE;

	r->objects[0].size = 64;
	assert_int_equal(open_cache(r, &c), -EINVAL);
	r->objects[0].size = 3;
	assert_int_equal(open_cache(r, &c), -EINVAL);
}

#define ROOM(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM(made_once_and_for_root_alone_to_change),
		ROOM(others_read_but_never_make),
		ROOM(other_objects_have_other_files),
		ROOM(other_kernel_has_its_own_and_the_old_one_goes),
		ROOM(without_a_build_id_uname_tells),
		ROOM(odd_files_are_replaced_not_used),
		ROOM(odd_directories_are_not_used),
		ROOM(nowhere_to_write_is_an_error),
		ROOM(failure_leaves_nothing),
		ROOM(objects_without_btf_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
