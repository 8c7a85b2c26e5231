// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/filter.h"
#include "filter_system.h"

#include "unit.h"

static void test_refused(void **state)
{
	static const struct {
		const char *line, *why;
	} rows[] = {
		{ "--port 65536", "'65536' is not a port: ports are numbers from 1 to 65535" },
		{ "--pid 0", "'0' is not a process ID" },
		{ "--pid -5", "'-5' is not a process ID" },
		{ "--pid 4194305", "'4194305' is not a process ID" },
		{ "--pid 5,", "'' is not a process ID" },
		{ "--pid init", "'init' is not a process ID" },
		{ "--comm=", "the name of a command must not be empty" },
		{ "--unit=", "the name of a unit must not be empty" },
		{ "--container=", "the name of a container must not be empty" },
		{ "--container web",
		  "'web' is no identifier of a container, nor the beginning of one; of "
		  "a name: docker inspect -f {{.Id}} NAME" },
		{ "--container C0FFEE", NULL },
		{ "--user nobody-here",
		  "'nobody-here' is not a user: neither a name nor a user ID" },
		{ "--user 4294967295", "'4294967295' is not a user: neither a name nor a user ID" },
		{ "--state open", NULL },
		{ "--state LISTEN,,CLOSE", NULL },
		{ "--event bound", NULL },
		{ "--proto sctp", "unknown protocol 'sctp': use tcp or udp" },
		{ "--peer localhost",
		  "'localhost' is not a peer: give ADDR, ADDR:PORT, [ADDR]:PORT or a network such "
		  "as 10.0.0.0/8" },
		{ "--peer 10.0.0.0/33", NULL },
		{ "--peer 10.0.0.0/", NULL },
		{ "--peer fd00::/129", NULL },
		{ "--peer [fd00::/8", NULL },
		{ "--state LISTNE", "'LISTNE' is not a state: did you mean LISTEN?" },
		{ "--event bind-faild", "'bind-faild' is not an event: did you mean bind-failed?" },
		{ "--pid !init", "'init' is not a process ID" },
		{ "--comm a,", "the name of a command must not be empty" },
		{ "--comm !", "the name of a command must not be empty" },
		{ "--port ,", "',' names no port" },
		{ "--peer 10.0.0.1:0", NULL },
		{ "--peer 10.0.0.1:65536", NULL },
		{ "--peer 10.0.0.1:", NULL },
		{ "--peer=:", NULL },
		{ "--peer=", NULL },
		{ "--peer [::1", NULL },
		{ "--peer [::1]80", NULL },
		{ "--netns red",
		  "'red' is not a network namespace (No such file or directory): give "
		  "self, all, a path, or a name that `ip netns` lists" },
		{ "--cgroup nope", "'nope' is not a cgroup: No such file or directory" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(filter_done) struct filter f = {};
		_cleanup_(strbuf_done) struct strbuf why = {};

		assert_row(i, parse(&f, rows[i].line, &why) == -EINVAL);
		assert_row(i, why.len > 10);
		if (rows[i].why)
			assert_string_equal(strbuf_str(&why), rows[i].why);
	}
}

static void test_describe(void **state)
{
	_cleanup_(filter_done) struct filter f = {};
	_cleanup_(strbuf_done) struct strbuf why = {}, said = {};

	(void)state;
	assert_int_equal(parse(&f, "--comm a,!b -4 --listening --port 1-3", &why), 0);
	filter_describe(&f, &said);
	assert_string_equal(strbuf_str(&said), "--comm a,!b --port 1-3 --listening -4");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_describe),
	};

	return cmocka_run_group_tests_name("filter_add", tests, NULL, NULL);
}
