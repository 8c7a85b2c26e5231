// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/filelock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "unit.h"

static char path[] = "/tmp/filelock-XXXXXX";

/* A child that has the lock, until it is killed. */
static pid_t start_holder(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		int fd = open(path, O_RDWR | O_CLOEXEC);

		if (!filelock(fd, 0) && write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void test_holder(void **state)
{
	_cleanup_close_ int fd = mkstemp(path);
	uint64_t start;
	pid_t pid;

	(void)state;
	assert_int_equal(filelock_holder(fd), 0);
	pid = start_holder();
	assert_int_equal(filelock(fd, 0), -EWOULDBLOCK);
	assert_int_equal(filelock_holder(fd), pid);
	start = clock_monotonic_ns();
	assert_int_equal(filelock(fd, 200), -EWOULDBLOCK);
	assert_true(clock_monotonic_ns() - start >= 200000000);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(filelock(fd, 10000), 0);
	assert_int_equal(filelock_holder(fd), getpid());
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_holder) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
