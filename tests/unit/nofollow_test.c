// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/nofollow.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "unit.h"

static char root[] = "/tmp/nofollow-XXXXXX";

/* root/real/inner, root/link -> real, root/file */
static int setup(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(root));
	assert_int_equal(chdir(root), 0);
	assert_int_equal(mkdir("real", 0700), 0);
	assert_int_equal(mkdir("real/inner", 0700), 0);
	assert_int_equal(symlink("real", "link"), 0);
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	assert_int_equal(close(open("file", O_CREAT | O_WRONLY, 0600)), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink("file");
	unlink("link");
	unlink("dangling");
	rmdir("real/inner");
	rmdir("real");
	return rmdir(root);
}

/* Open the parent of root/PATH, and then the last component. Return 0 or a negative errno. */
static int follow(const char *path)
{
	char name[NAME_MAX + 1], whole[PATH_MAX];
	_cleanup_close_ int parent = -1, dir = -1;
	int err;

	snprintf(whole, sizeof(whole), "%s%s%s", *path == '/' ? "" : root, *path == '/' ? "" : "/",
		 path);
	err = nofollow_parent(whole, &parent, name);
	if (err)
		return err;
	dir = nofollow_dir(parent, name, O_PATH);
	return dir < 0 ? dir : 0;
}

static void test_ways(void **state)
{
	static const struct {
		const char *path;
		int err;
	} ways[] = {
		{ "real/inner", 0 },
		{ "real//inner/", 0 },
		{ "real/./inner", 0 },
		{ "real/../real", 0 },
		{ "real/none", -ENOENT },
		{ "none/inner", -ENOENT },
		{ "file", -ENOTDIR },
		{ "file/inner", -ENOTDIR },
		{ "link", -ELOOP },
		{ "link/", -ELOOP },
		{ "link/inner", -ELOOP },
		{ "dangling", -ELOOP },
		{ "real/../link/inner", -ELOOP },
		{ "/proc/self/root/tmp", -ELOOP },
		{ "/proc/self/cwd", -ELOOP },
		{ "/", -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		if (follow(ways[i].path) != ways[i].err)
			print_message("%s\n", ways[i].path);
		assert_int_equal(follow(ways[i].path), ways[i].err);
	}
}

static void test_relative_and_names(void **state)
{
	char name[NAME_MAX + 1] = "";
	char longer[NAME_MAX + 2];
	int fd = -1;

	(void)state;
	assert_int_equal(nofollow_parent("real/new", &fd, name), 0);
	assert_string_equal(name, "new");
	assert_int_equal(mkdirat(fd, name, 0700), 0);
	assert_int_equal(rmdir("real/new"), 0);
	close(fd);
	fd = -1;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(nofollow_parent(longer, &fd, name), -ENAMETOOLONG);
	assert_int_equal(fd, -1);
	assert_string_equal(name, "new");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_relative_and_names),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
