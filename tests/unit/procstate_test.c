// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/procstate.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static void handler(int sig)
{
	(void)sig;
}

/* Read what this process has set for its signals. */
static void test_signals(void **state)
{
	struct condition c;
	sigset_t set;

	(void)state;
	signal(SIGTERM, handler);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGUSR2, SIG_DFL);
	assert_int_equal(procstate_read(getpid(), &c), 0);
	assert_true(condition_catches(&c, SIGTERM));
	assert_true(condition_catches(&c, SIGUSR1)); /* for sigwait() */
	assert_false(condition_catches(&c, SIGUSR2));
	assert_false(condition_catches(&c, SIGHUP));
	assert_false(condition_catches(&c, 0));
	assert_true(condition_discards(&c, SIGHUP));
	assert_false(condition_discards(&c, SIGTERM));
	assert_false(c.is & (COND_STOPPED | COND_DYING | COND_KILL_PENDING));
	assert_false(c.namespace_init);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
}

static void test_stopped_and_dead(void **state)
{
	struct condition c;
	pid_t child = fork();
	int status;

	(void)state;
	assert_true(child >= 0);
	if (!child) {
		raise(SIGSTOP);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	assert_int_equal(procstate_read(child, &c), 0);
	assert_true(c.is & COND_STOPPED);
	assert_false(procstate_is_dying(child));
	kill(child, SIGKILL);
	/* A zombie until it is waited for. */
	assert_int_equal(waitid(P_PID, (id_t)child, &(siginfo_t){}, WEXITED | WNOWAIT), 0);
	assert_true(procstate_is_dying(child));
	assert_int_equal(procstate_read(child, &c), 0);
	assert_true(condition_is_ending(&c));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(procstate_read(child, &c), -ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_stopped_and_dead),
	};

	return cmocka_run_group_tests_name("procstate", tests, NULL, NULL);
}
