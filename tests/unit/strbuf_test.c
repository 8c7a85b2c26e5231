// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/strbuf.h"

#include "unit.h"

static void test_add(void **state)
{
	_cleanup_(strbuf_done) struct strbuf sb = {};
	char *text;

	(void)state;
	assert_string_equal(strbuf_str(&sb), "");
	strbuf_adds(&sb, "port ");
	strbuf_addu(&sb, 8000);
	strbuf_addc(&sb, '/');
	strbuf_addf(&sb, "%s-%d", "tcp", 1);
	strbuf_addn(&sb, '.', 3);
	strbuf_add(&sb, "", 0);
	strbuf_addn(&sb, 'x', 0);
	assert_string_equal(strbuf_str(&sb), "port 8000/tcp-1...");
	assert_int_equal(sb.len, strlen("port 8000/tcp-1..."));
	assert_int_equal(strbuf_error(&sb), 0);

	text = strbuf_steal(&sb);
	assert_string_equal(text, "port 8000/tcp-1...");
	free(text);
	assert_null(sb.s);
	assert_string_equal(strbuf_str(&sb), "");
}

static void test_growth(void **state)
{
	_cleanup_(strbuf_done) struct strbuf sb = {};

	(void)state;
	/* Every length around every doubling: the sanitizer watches the last byte. */
	for (size_t i = 0; i < 5000; i++) {
		strbuf_addc(&sb, (char)('a' + i % 26));
		assert_int_equal(strlen(strbuf_str(&sb)), i + 1);
	}
	for (size_t i = 0; i < 5000; i++)
		assert_int_equal(sb.s[i], 'a' + i % 26);
	strbuf_reset(&sb);
	strbuf_addf(&sb, "%1000s", "x");
	assert_int_equal(sb.len, 1000);
	assert_int_equal(sb.s[999], 'x');
}

static void test_failure_is_latched(void **state)
{
	_cleanup_(strbuf_done) struct strbuf sb = {};

	(void)state;
	strbuf_adds(&sb, "before");
	assert_null(strbuf_reserve(&sb, SIZE_MAX));
	assert_int_equal(strbuf_error(&sb), -ENOMEM);
	strbuf_adds(&sb, "after");
	strbuf_addf(&sb, "%d", 1);
	strbuf_addu(&sb, 1);
	strbuf_addn(&sb, ' ', 5);
	assert_int_equal(sb.len, 6);
	assert_string_equal(strbuf_str(&sb), "");
	assert_null(strbuf_steal(&sb));

	strbuf_adds(&sb, "again");
	assert_int_equal(strbuf_error(&sb), 0);
	assert_null(strbuf_reserve(&sb, SIZE_MAX / 2));
	strbuf_reset(&sb);
	assert_int_equal(strbuf_error(&sb), 0);
	assert_string_equal(strbuf_str(&sb), "");
}

static int closed(int fd)
{
	char c;

	return read(fd, &c, 1) < 0 && errno == EBADF;
}

static void test_cleanup(void **state)
{
	int fds[2], kept = -1;
	char *text = NULL;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	{
		_cleanup_close_ int a = fds[0], b = fds[1], none = -1;
		_cleanup_free_ char *s = strdup("text");
		_cleanup_free_ char *freed = strdup("freed");

		(void)none;
		(void)freed;
		kept = TAKE_FD(b);
		assert_int_equal(b, -1);
		text = TAKE_PTR(s);
		assert_null(s);
		assert_int_equal(a, fds[0]);
		errno = EXDEV;
	}
	assert_int_equal(errno, EXDEV);
	assert_true(closed(fds[0]));
	assert_int_equal(kept, fds[1]);
	assert_int_equal(close(kept), 0);
	assert_string_equal(text, "text");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_failure_is_latched),
		cmocka_unit_test(test_cleanup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
