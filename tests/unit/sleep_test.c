// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/sleep.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "unit.h"

static volatile sig_atomic_t nr_alarms;

static void on_alarm(int sig)
{
	(void)sig;
	nr_alarms++;
}

static int setup_alarm(void **state)
{
	struct sigaction act = { .sa_handler = on_alarm };

	(void)state;
	nr_alarms = 0;
	return sigaction(SIGALRM, &act, NULL);
}

static sigset_t alarm_alone(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	return set;
}

static void make_pipe(int ends[2])
{
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
}

static void close_pipe(int ends[2])
{
	close(ends[0]);
	close(ends[1]);
}

/* Odd lengths, so that rounding to a coarser unit would end some of them early. */
static void test_no_wake_up_is_early(void **state)
{
	(void)state;
	for (uint64_t ns = 1; ns < 4000000; ns = ns * 3 + 7777) {
		uint64_t until = clock_boot_ns() + ns;

		errno = ENOENT; /* an error of before is none of the sleep */
		assert_int_equal(sleep_until(NULL, 0, until, NULL), 0);
		assert_true(clock_boot_ns() >= until);
	}
}

static void test_deadlines_across_a_second(void **state)
{
	uint64_t until = clock_boot_ns() + 1010 * NSEC_PER_MSEC;

	(void)state;
	assert_int_equal(sleep_until(NULL, 0, until, NULL), 0);
	assert_true(clock_boot_ns() >= until);
}

/* A deadline that has passed is no reason to sleep, nor to overlook a descriptor. Sleeps would add
 * up until the alarm comes. */
static void test_deadline_in_the_past(void **state)
{
	const uint64_t past[] = { 0, 1, clock_boot_ns() - 1, clock_boot_ns() };
	int ends[2];

	(void)state;
	make_pipe(ends);
	for (size_t i = 0; i < ARRAY_SIZE(past); i++) {
		struct pollfd p = { .fd = ends[0], .events = POLLIN, .revents = POLLHUP };

		alarm(20);
		for (int k = 0; k < 100; k++)
			assert_row(i, sleep_until(&p, 1, past[i], NULL) == 0);
		assert_row(i, !nr_alarms);
		assert_row(i, !p.revents);
		assert_int_equal(write(ends[1], "x", 1), 1);
		assert_row(i, sleep_until(&p, 1, past[i], NULL) == 1);
		assert_row(i, p.revents == POLLIN);
		assert_int_equal(read(ends[0], &(char){ 0 }, 1), 1);
	}
	alarm(0);
	close_pipe(ends);
}

static void test_counts_what_is_ready(void **state)
{
	int full[2], idle[2], closed[2];
	struct pollfd fds[4];

	(void)state;
	make_pipe(full);
	make_pipe(idle);
	make_pipe(closed);
	assert_int_equal(write(full[1], "x", 1), 1);
	close(closed[1]);
	fds[0] = (struct pollfd){ .fd = idle[0], .events = POLLIN, .revents = POLLIN };
	fds[1] = (struct pollfd){ .fd = full[0], .events = POLLIN };
	fds[2] = (struct pollfd){ .fd = -1, .events = POLLIN, .revents = POLLIN };
	fds[3] = (struct pollfd){ .fd = closed[0], .events = POLLIN };
	assert_int_equal(sleep_until(fds, 4, SLEEP_FOREVER, NULL), 2);
	assert_int_equal(fds[0].revents, 0);
	assert_int_equal(fds[1].revents, POLLIN);
	assert_int_equal(fds[2].revents, 0);
	assert_int_equal(fds[3].revents, POLLHUP);
	close(closed[0]);
	close_pipe(full);
	close_pipe(idle);
}

/* The only end of this sleep is a descriptor that becomes ready while it lasts. */
static void test_forever_is_ended_by_a_descriptor(void **state)
{
	struct itimerspec soon = { .it_value.tv_nsec = 30000000 };
	struct pollfd p = { .fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC), .events = POLLIN };
	uint64_t start = clock_boot_ns();

	(void)state;
	assert_true(p.fd >= 0);
	assert_int_equal(timerfd_settime(p.fd, 0, &soon, NULL), 0);
	assert_int_equal(sleep_until(&p, 1, SLEEP_FOREVER, NULL), 1);
	assert_true(clock_boot_ns() >= start + 30 * NSEC_PER_MSEC);
	assert_int_equal(p.revents, POLLIN);
	close(p.fd);
}

/* The signal waits, blocked, until the sleep unblocks it, so that it cannot come too early. */
static void test_signal_ends_it(void **state)
{
	sigset_t alarm = alarm_alone(), old, meanwhile;
	struct pollfd fds[2];
	int ends[2];

	(void)state;
	make_pipe(ends);
	assert_int_equal(sigprocmask(SIG_BLOCK, &alarm, &old), 0);
	meanwhile = old;
	sigdelset(&meanwhile, SIGALRM);
	raise(SIGALRM);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = (struct pollfd){ .fd = ends[0], .events = POLLIN, .revents = POLLIN };
	assert_int_equal(sleep_until(fds, 2, SLEEP_FOREVER, &meanwhile), 0);
	assert_int_equal(nr_alarms, 1);
	/* The call has written nothing there: a caller must not take the last results for new. */
	assert_int_equal(fds[0].revents, 0);
	assert_int_equal(fds[1].revents, 0);
	/* The mask was that of the sleep alone. */
	raise(SIGALRM);
	assert_int_equal(nr_alarms, 1);
	assert_int_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
	assert_int_equal(nr_alarms, 2);
	close_pipe(ends);
}

/* Both by a mask of its own and by that of the process. */
static void test_blocked_signal_does_not_end_it(void **state)
{
	sigset_t set = alarm_alone(), old;
	struct itimerval soon = { .it_value.tv_usec = 5000 };
	uint64_t until = clock_boot_ns() + 60 * NSEC_PER_MSEC;

	(void)state;
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	assert_int_equal(sleep_until(NULL, 0, until, &set), 0);
	assert_true(clock_boot_ns() >= until);
	assert_int_equal(nr_alarms, 1);

	assert_int_equal(sigprocmask(SIG_BLOCK, &set, &old), 0);
	raise(SIGALRM);
	until = clock_boot_ns() + 20 * NSEC_PER_MSEC;
	assert_int_equal(sleep_until(NULL, 0, until, NULL), 0);
	assert_true(clock_boot_ns() >= until);
	assert_int_equal(nr_alarms, 1);
	assert_int_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
	assert_int_equal(nr_alarms, 2);
}

/* ppoll() refuses more descriptors than the process may have (fs/select.c). */
static void test_refusal_is_an_errno(void **state)
{
	struct rlimit old, few;
	struct pollfd fds[4] = { [0 ... 3] = { .fd = -1, .revents = POLLIN } };
	int r;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	few = (struct rlimit){ 3, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	r = sleep_until(fds, 4, 0, NULL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(r, -EINVAL);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		assert_row(i, !fds[i].revents);
}

static void test_in_ms(void **state)
{
	static const int rows[] = { 0, 1, 1500, INT32_MAX };

	(void)state;
	assert_true(sleep_in_ms(-1) == SLEEP_FOREVER);
	assert_true(sleep_in_ms(INT32_MIN) == SLEEP_FOREVER);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t after = (uint64_t)rows[i] * NSEC_PER_MSEC, from = clock_boot_ns() + after;
		uint64_t until = sleep_in_ms(rows[i]);

		assert_row(i, until >= from && until <= clock_boot_ns() + after);
	}
}

#define WITH_ALARM(test) cmocka_unit_test_setup(test, setup_alarm)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ALARM(test_no_wake_up_is_early),
		WITH_ALARM(test_deadlines_across_a_second),
		WITH_ALARM(test_deadline_in_the_past),
		WITH_ALARM(test_counts_what_is_ready),
		WITH_ALARM(test_forever_is_ended_by_a_descriptor),
		WITH_ALARM(test_signal_ends_it),
		WITH_ALARM(test_blocked_signal_does_not_end_it),
		WITH_ALARM(test_refusal_is_an_errno),
		WITH_ALARM(test_in_ms),
	};

	return cmocka_run_group_tests_name("sleep", tests, NULL, NULL);
}
