// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

/* Standard error as a socket, in which each write stays a message of its own. */
struct stderr_of_test {
	int real, ends[2];
};

static void replace_stderr(struct stderr_of_test *e, int by)
{
	e->real = dup(STDERR_FILENO);
	assert_true(e->real >= 0);
	assert_int_equal(dup2(by, STDERR_FILENO), STDERR_FILENO);
}

static void restore_stderr(struct stderr_of_test *e)
{
	dup2(e->real, STDERR_FILENO);
	close(e->real);
}

static void catch_stderr(struct stderr_of_test *e)
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, e->ends), 0);
	replace_stderr(e, e->ends[1]);
}

/* End the catch, and give the first message; "" without any. Return how many there were. */
static size_t caught(struct stderr_of_test *e, char *ret, size_t size)
{
	char more[16];
	ssize_t n;
	size_t nr = 1;

	restore_stderr(e);
	n = recv(e->ends[0], ret, size - 1, 0);
	ret[n > 0 ? n : 0] = '\0';
	nr = n > 0;
	while (nr && recv(e->ends[0], more, sizeof(more), 0) > 0)
		nr++;
	close(e->ends[0]);
	close(e->ends[1]);
	return nr;
}

typedef void (*log_fn)(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static const struct {
	log_fn log;
	int least; /* verbosity at which it speaks */
	const char *says;
} kinds[] = {
	{ log_error, -1, "portwatch: port 80\n" },
	{ log_warn, 0, "portwatch: port 80\n" },
	{ log_info, 0, "port 80\n" },
	{ log_verbose, 1, "portwatch: port 80\n" },
};

static void test_verbosity(void **state)
{
	(void)state;
	assert_int_equal(log_verbosity(), 0);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		for (int v = -1; v <= 2; v++) {
			struct stderr_of_test e;
			char text[64];

			log_set_verbosity(v);
			assert_int_equal(log_verbosity(), v);
			catch_stderr(&e);
			kinds[i].log("port %d", 80);
			assert_row(i, caught(&e, text, sizeof(text)) == (v >= kinds[i].least));
			assert_string_equal(text, v >= kinds[i].least ? kinds[i].says : "");
		}
	log_set_verbosity(0);
}

/* Print one line a call, and no control character, whatever a name holds. */
static void test_hostile_text(void **state)
{
	static const struct {
		const char *name, *says;
	} rows[] = {
		{ "a\nportwatch: b", "portwatch: 'a\\x0aportwatch: b'\n" },
		{ "\033]0;x\a", "portwatch: '\\x1b]0;x\\x07'\n" },
		{ "%s%n", "portwatch: '%s%n'\n" },
		{ "\xff", "portwatch: '\\xff'\n" },
		{ "\r", "portwatch: '\\x0d'\n" },
		{ "", "portwatch: ''\n" },
		{ "\xe2\x80\xae", "portwatch: '\\u{202e}'\n" }, /* from right to left */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct stderr_of_test e;
		char text[128];

		catch_stderr(&e);
		log_error("'%s'", rows[i].name);
		assert_row(i, caught(&e, text, sizeof(text)) == 1);
		assert_string_equal(text, rows[i].says);
	}
}

/* Lines of several processes do not mix, however long they are. */
static void test_one_write(void **state)
{
	static char name[20000], text[30000];
	struct stderr_of_test e;

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	catch_stderr(&e);
	log_error("%s", name);
	assert_int_equal(caught(&e, text, sizeof(text)), 1);
	assert_int_equal(strlen(text), strlen("portwatch: ") + sizeof(name) - 1 + 1);
}

/* The caller's error is still there to be looked at, also if nobody reads. */
static void test_errno_stays(void **state)
{
	struct stderr_of_test e;
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_true(full >= 0);
	replace_stderr(&e, full);
	errno = ESRCH;
	log_error("lost");
	assert_int_equal(errno, ESRCH);
	restore_stderr(&e);
	close(full);
}

/* On a terminal the line is broken between words. */
static void test_terminal(void **state)
{
	struct winsize size = { .ws_row = 24, .ws_col = 30 };
	int master = posix_openpt(O_RDWR | O_NOCTTY), terminal;
	char text[128] = "";
	struct stderr_of_test e;

	(void)state;
	assert_true(master >= 0);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_true(terminal >= 0);
	assert_int_equal(ioctl(terminal, TIOCSWINSZ, &size), 0);
	replace_stderr(&e, terminal);
	log_error("nine of the ten words fit here");
	restore_stderr(&e);
	assert_true(read(master, text, sizeof(text) - 1) > 0);
	assert_string_equal(text, "portwatch: nine of the ten\r\n  words fit here\r\n");
	close(terminal);
	close(master);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verbosity), cmocka_unit_test(test_hostile_text),
		cmocka_unit_test(test_one_write), cmocka_unit_test(test_errno_stays),
		cmocka_unit_test(test_terminal),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
