// SPDX-License-Identifier: GPL-2.0-or-later
#include "sys/confirm.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <termios.h>
#include <unistd.h>

#include "unit.h"

#define LINE(s) s, sizeof(s) - 1

struct row {
	const char *line;
	size_t len;
	bool yes;
};

static const struct row rows[] = {
	{ LINE("y"), true },
	{ LINE("Y"), true },
	{ LINE("yes"), true },
	{ LINE("YeS"), true },
	{ LINE("  y"), true },
	{ LINE("yes \t "), true },
	{ LINE(""), false },
	{ LINE(" "), false },
	{ LINE("n"), false },
	{ LINE("no"), false },
	{ LINE("ye"), false },
	{ LINE("yess"), false },
	{ LINE("yesterday"), false },
	{ LINE("y y"), false },
	{ LINE("yes, please"), false },
	{ LINE("y\0no"), false },
	{ LINE("yes\0 please do not"), false },
	{ LINE("\0y"), false },
	{ LINE("y\0"), false },
	{ LINE("y\r"), false },
	{ LINE("\ry"), false },
	{ LINE("y\v"), false },
	{ LINE("\x1b[200~y"), false },
	{ LINE("n\by"), false },
	{ LINE("\xc2\xa0y"), false },
	{ LINE("\xef\xbd\x99"), false }, /* a wide y */
};

static void only_yes_is_yes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *line = exact(rows[i].line, rows[i].len);

		assert_row(i, confirm_is_yes(line, rows[i].len) == rows[i].yes);
		free(line);
	}
}

static void put(int fd, const char *text, size_t len)
{
	assert_int_equal(write(fd, text, len), len);
}

/* Whether what is read after that is this, and nothing else. */
static void assert_left(int fd, const char *expected)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char buf[64] = "";

	if (*expected)
		assert_true(read(fd, buf, sizeof(buf) - 1) > 0);
	else
		assert_int_equal(poll(&p, 1, 50), 0);
	assert_string_equal(buf, expected);
}

static void a_line_from_a_pipe(void **state)
{
	int never = eventfd(0, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int ends[2];

		assert_int_equal(pipe(ends), 0);
		put(ends[1], rows[i].line, rows[i].len);
		put(ends[1], LINE("\nnext"));
		/* Prepared by a script: it stays. */
		confirm_forget(ends[0]);
		assert_row(i, confirm_read(ends[0], never) == rows[i].yes);
		assert_left(ends[0], "next");
		close(ends[0]);
		close(ends[1]);
	}
	close(never);
}

/* Neither the end of a long line nor its beginning stands for all of it. */
static void long_lines_and_none(void **state)
{
	int never = eventfd(0, 0), ends[2];
	char blanks[300];

	(void)state;
	memset(blanks, ' ', sizeof(blanks));
	assert_int_equal(pipe(ends), 0);
	put(ends[1], blanks, sizeof(blanks));
	put(ends[1], LINE("y\n"));
	put(ends[1], LINE("y"));
	put(ends[1], blanks, sizeof(blanks));
	put(ends[1], LINE("no\n"));
	put(ends[1], LINE("y"));
	close(ends[1]);
	assert_false(confirm_read(ends[0], never));
	assert_false(confirm_read(ends[0], never));
	assert_false(confirm_read(ends[0], never)); /* without an end */
	assert_false(confirm_read(ends[0], never)); /* nothing */
	close(ends[0]);
	close(never);
}

static void typing_ahead_is_no_answer(void **state)
{
	int never = eventfd(0, 0), master = posix_openpt(O_RDWR | O_NOCTTY), terminal;

	(void)state;
	assert_true(master >= 0);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_true(terminal >= 0);
	/* Whole lines, and the beginning of one. */
	put(master, LINE("y\ny\ny\nye"));
	usleep(10000);
	confirm_forget(terminal);
	put(master, LINE("n\n"));
	assert_false(confirm_read(terminal, never));
	assert_left(terminal, "");
	put(master, LINE("y\ny\n"));
	usleep(10000);
	confirm_forget(terminal);
	put(master, LINE("yes\r")); /* the Enter key */
	assert_true(confirm_read(terminal, never));
	close(terminal);
	close(master);
	close(never);
}

/* Where the handler writes to at the third signal. */
static int third_fd;
static const void *third_text;
static size_t third_len;
static volatile sig_atomic_t nr_signals;

static void on_alarm(int sig)
{
	(void)sig;
	if (++nr_signals == 3 && write(third_fd, third_text, third_len) < 0)
		_exit(9);
}

/* Ask while a signal comes again and again, whose third time writes this. */
static bool ask_between_signals(int fd, int signal_fd, int to, const void *text, size_t len)
{
	struct sigaction act = { .sa_handler = on_alarm }, old;
	struct itimerval often = { { 0, 20000 }, { 0, 20000 } }, none = {};
	bool yes;

	third_fd = to, third_text = text, third_len = len, nr_signals = 0;
	assert_int_equal(sigaction(SIGALRM, &act, &old), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	yes = confirm_read(fd, signal_fd);
	assert_int_equal(setitimer(ITIMER_REAL, &none, NULL), 0);
	assert_int_equal(sigaction(SIGALRM, &old, NULL), 0);
	return yes;
}

/* A signal that asks for nothing, such as that of a new window size, ends the sleep alone. */
static void other_signals_do_not_answer(void **state)
{
	int asked = eventfd(0, 0), ends[2];
	uint64_t one = 1;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_true(ask_between_signals(ends[0], asked, ends[1], LINE("y\n")));
	assert_true(nr_signals >= 3);
	assert_left(ends[0], "");
	/* The end that is asked for is no answer, not even beside one. */
	assert_false(ask_between_signals(ends[0], asked, asked, &one, sizeof(one)));
	put(ends[1], LINE("y\n"));
	assert_false(confirm_read(ends[0], asked));
	assert_left(ends[0], "y\n");
	close(ends[0]);
	close(ends[1]);
	close(asked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_yes_is_yes),
		cmocka_unit_test(a_line_from_a_pipe),
		cmocka_unit_test(long_lines_and_none),
		cmocka_unit_test(typing_ahead_is_no_answer),
		cmocka_unit_test(other_signals_do_not_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
