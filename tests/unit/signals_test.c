// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/signals.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static int told;

static void on_last(int sig)
{
	if (write(told, "x", 1) != 1)
		_exit(9);
	raise(sig);
}

/* How a child ends that is sent SIGINT `times` times, and whether its last handler has run. */
static int end_of(int times, bool with_handler, bool *ret_told)
{
	int ends[2], status;
	pid_t child;
	char c;

	assert_int_equal(pipe(ends), 0);
	told = ends[1];
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		if (with_handler)
			signals_last(on_last);
		if (signals_open() < 0)
			_exit(8);
		for (int i = 0; i < times; i++)
			raise(SIGINT);
		_exit(signals_came() == SIGINT ? 7 : 6);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	close(ends[1]);
	*ret_told = read(ends[0], &c, 1) == 1;
	close(ends[0]);
	return status;
}

/* The first asks, the second ends, after what was to be done before that. */
static void test_second_ends(void **state)
{
	bool was_told;
	int status = end_of(1, true, &was_told);

	(void)state;
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	assert_false(was_told);
	status = end_of(2, true, &was_told);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
	assert_true(was_told);
	status = end_of(2, false, &was_told);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
	assert_false(was_told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_second_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
