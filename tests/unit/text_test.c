// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text.h"

#include "base/log.h"
#include "unit.h"

static const struct {
	const char *in, *want;
	size_t width;
} rows[] = {
	{ "", "", 0 },
	{ "tracd", "tracd", 5 },
	{ "a b", "a b", 3 },
	{ "a\nb", "a\\x0ab", 6 },
	{ "\t", "\\x09", 4 },
	{ "\033[31mred", "\\x1b[31mred", 11 },
	{ "\033]0;title\007", "\\x1b]0;title\\x07", 16 },
	{ "\x7f", "\\x7f", 4 },
	{ "\\x0a", "\\x5cx0a", 7 },
	{ "Größe", "Größe", 5 },
	{ "日本", "日本", 4 },
	{ "e\xcc\x81", "e\xcc\x81", 1 },	       /* combining acute */
	{ "\xf0\x9f\x9a\x80", "\xf0\x9f\x9a\x80", 2 }, /* a rocket */
	{ "\xc2\x9b"
	  "31m",
	  "\\xc2\\x9b31m", 11 }, /* C1 CSI as UTF-8 */
	{ "\x9b"
	  "31m",
	  "\\x9b31m", 7 }, /* C1 CSI as a byte */
	{ "\xff\xfe", "\\xff\\xfe", 8 },
	{ "\xc0\x80", "\\xc0\\x80", 8 },		    /* overlong NUL */
	{ "\xe0\x80\xaf", "\\xe0\\x80\\xaf", 12 },	    /* overlong slash */
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80", 12 },	    /* surrogate */
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", 16 }, /* above U+10FFFF */
	{ "\xe2\x82", "\\xe2\\x82", 8 },		    /* cut short */
	{ "\xe2\x82zz", "\\xe2\\x82zz", 10 },
	{ "\xe2\x80\xae"
	  "evil",
	  "\\u{202e}evil", 12 },		 /* right-to-left override */
	{ "\xe2\x81\xa6x", "\\u{2066}x", 9 },	 /* isolate */
	{ "\xe2\x80\x8b", "\\u{200b}", 8 },	 /* zero-width space */
	{ "\xe2\x80\xa8", "\\u{2028}", 8 },	 /* line separator */
	{ "\xef\xbb\xbf", "\\u{feff}", 8 },	 /* byte order mark */
	{ "\xef\xbf\xbe", "\\u{fffe}", 8 },	 /* noncharacter */
	{ "\xf3\xa0\x81\x81", "\\u{e0041}", 9 }, /* tag */
	{ "\xc2\xa0", "\xc2\xa0", 1 },		 /* no-break space */
	{ "\xef\xbf\xbd", "\xef\xbf\xbd", 1 },	 /* U+FFFD itself */
};

static void test_escape(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(strbuf_done) struct strbuf out = {};
		size_t len = strlen(rows[i].in);
		_cleanup_free_ char *in = exact(rows[i].in, len);

		text_escape(&out, in, len);
		assert_string_equal(strbuf_str(&out), rows[i].want);
		assert_row(i, text_width(strbuf_str(&out), out.len) == rows[i].width);
	}
}

static void test_nul_and_comm(void **state)
{
	_cleanup_(strbuf_done) struct strbuf out = {};
	char comm[PW_COMM_LEN];

	(void)state;
	text_escape(&out, "a\0b", 3);
	assert_string_equal(strbuf_str(&out), "a\\x00b");

	strbuf_reset(&out);
	memset(comm, 'x', sizeof(comm));
	text_escape_comm(&out, comm);
	assert_int_equal(out.len, PW_COMM_LEN);
	strbuf_reset(&out);
	comm[3] = '\0';
	text_escape_comm(&out, comm);
	assert_string_equal(strbuf_str(&out), "xxx");
}

/* The output is valid UTF-8 without controls, whatever comes in. */
static void test_noise(void **state)
{
	_cleanup_(strbuf_done) struct strbuf out = {};

	(void)state;
	srandom(7);
	for (int round = 0; round < 20000; round++) {
		char noise[24];
		size_t len = (size_t)random() % sizeof(noise), n;
		uint32_t c;

		for (size_t i = 0; i < len; i++)
			noise[i] = (char)(random() % 3 ? random() : 0xe2);
		strbuf_reset(&out);
		text_escape(&out, noise, len);
		for (size_t i = 0; i < out.len; i += n) {
			n = text_decode(out.s + i, out.len - i, &c);
			assert_true(n > 0);
			assert_true(c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0));
			assert_true(c != 0x202e && c != 0x2028);
		}
	}
}

static void test_fit(void **state)
{
	static const struct {
		const char *text;
		size_t columns, bytes;
	} fits[] = {
		{ "abc", 0, 0 },  { "abc", 2, 2 },	  { "abc", 3, 3 },  { "abc", 9, 3 },
		{ "日本", 1, 0 }, { "日本", 2, 3 },	  { "日本", 3, 3 }, { "日本", 4, 6 },
		{ "öx", 1, 2 },	  { "e\xcc\x81x", 1, 3 }, { "", 5, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fits); i++)
		assert_row(i, text_fit(fits[i].text, strlen(fits[i].text), fits[i].columns) ==
				      fits[i].bytes);
}

/* Give what the log calls leave on standard error. */
static void logged(char *buf, size_t size)
{
	static const char hostile[] = "a\nportwatch: forged\033[2J";
	int fds[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(pipe(fds), 0);
	fflush(stderr);
	assert_true(dup2(fds[1], STDERR_FILENO) >= 0);
	log_error("cannot open '%s'", hostile);
	log_warn("warned");
	log_info("done");
	log_verbose("detail");
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	close(fds[1]);
	n = read(fds[0], buf, size - 1);
	assert_true(n >= 0);
	buf[n] = '\0';
	close(fds[0]);
}

static void test_log(void **state)
{
	char text[512];

#define FIRST "portwatch: cannot open 'a\\x0aportwatch: forged\\x1b[2J'\n"
	(void)state;
	log_set_verbosity(-1);
	assert_int_equal(log_verbosity(), -1);
	logged(text, sizeof(text));
	assert_string_equal(text, FIRST);
	log_set_verbosity(1);
	logged(text, sizeof(text));
	assert_string_equal(text, FIRST "portwatch: warned\ndone\nportwatch: detail\n");
	log_set_verbosity(0);
	logged(text, sizeof(text));
	assert_string_equal(text, FIRST "portwatch: warned\ndone\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape), cmocka_unit_test(test_nul_and_comm),
		cmocka_unit_test(test_noise),  cmocka_unit_test(test_fit),
		cmocka_unit_test(test_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
