// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/signame.h"

#include <signal.h>

#include "unit.h"

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		int sig;
	} rows[] = {
		{ "TERM", SIGTERM },
		{ "SIGTERM", SIGTERM },
		{ "term", SIGTERM },
		{ "sigTerm", SIGTERM },
		{ "15", 15 },
		{ "9", 9 },
		{ "KILL", SIGKILL },
		{ "HUP", SIGHUP },
		{ "USR1", SIGUSR1 },
		{ "IO", SIGIO },
		{ "CLD", SIGCHLD },
		{ "RTMIN", 34 },
		{ "SIGRTMIN+2", 36 },
		{ "RTMAX", 64 },
		{ "RTMAX-1", 63 },
		{ "64", 64 },
		{ "0", -EINVAL },
		{ "65", -EINVAL },
		{ "", -EINVAL },
		{ "SIG", -EINVAL },
		{ "TER", -EINVAL },
		{ "TERMX", -EINVAL },
		{ "-9", -EINVAL },
		{ "RTMIN-1", -EINVAL },
		{ "RTMIN+31", -EINVAL },
		{ "RTMAX+1", -EINVAL },
		{ "9 ", -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t len = strlen(rows[i].text);
		_cleanup_free_ char *s = exact(rows[i].text, len);

		assert_row(i, signame_parse(s, len) == rows[i].sig);
	}
}

static void test_names_go_both_ways(void **state)
{
	char buf[SIGNAME_LEN];

	(void)state;
	for (int sig = 1; sig <= SIGRTMAX; sig++) {
		signame(sig, buf);
		assert_row(sig, signame_parse(buf, strlen(buf)) == sig);
	}
	assert_string_equal(signame(SIGTERM, buf), "TERM");
	assert_string_equal(signame(SIGRTMIN + 3, buf), "RTMIN+3");
}

/* As fuser -l, which older hands know by heart. */
static void test_list(void **state)
{
	_cleanup_(strbuf_done) struct strbuf out = {};

	(void)state;
	signame_list(&out);
	assert_string_equal(
		strbuf_str(&out),
		"HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT\n"
		"CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH POLL PWR SYS\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_names_go_both_ways),
		cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests_name("signame", tests, NULL, NULL);
}
