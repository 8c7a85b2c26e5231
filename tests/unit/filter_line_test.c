// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/filter_line.h"

#include "filter_system.h"

static void test_match(void **state)
{
	static const struct {
		const char *line;
		bool matches;
	} cases[] = {
		{ "", true },
		{ "   ", true },
		{ "8000", true },
		{ "8001", false },
		{ "8001 8000", true },
		{ "7000-9000", true },
		{ "8000/udp", false },
		{ ":8000", true },
		{ "NGI", true },
		{ "nginx master", true },
		{ "nginx apache", false },
		{ "worker", false },
		{ "www-data", true },
		{ "web.service", true },
		{ "abcdef", true },
		{ "--port 8000 --user trac", true },
		{ "--port=8000 --proto udp", false },
		{ "--comm nginx 8000 conf", true },
		{ "-4", true },
		{ "-6", false },
		{ "cen", false }, /* not over the end of an argument: -c, nginx.conf */
		{ "--listening", true },
	};
	struct pw_sock s = sock(PW_LISTEN, "127.0.0.1", 8000, NULL, 0);
	_cleanup_(answer_done) struct answer a = {};

	(void)state;
	add_socket(&a, &s);
	add_holder(&a, 0, 77, "nginx", 3);
	a.processes[0].cmdline = malloc(28);
	a.processes[0].cmdline_len = 28;
	memcpy(a.processes[0].cmdline, "nginx: master\0-c\0nginx.conf", 28);
	a.processes[0].user = strdup("www-data");
	a.processes[0].unit = strdup("web.service");
	a.processes[0].container = strdup("abcdef012345");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(filter_line_done) struct filter_line l = {};
		_cleanup_(strbuf_done) struct strbuf why = {};

		assert_row(i, filter_line_parse(&l, cases[i].line, &all_lookups, &why) == 0);
		assert_row(i, filter_line_match(&l, &a, &a.sockets[0]) == cases[i].matches);
		assert_row(i, filter_line_empty(&l) ==
				      (strspn(cases[i].line, " ") == strlen(cases[i].line)));
	}
}

static void test_what_is_wrong_changes_nothing(void **state)
{
	static const char *const wrong[] = { "--port", "--port x",  "--user nobody",
					     "99999",  "--no-such", "8000 --state" };
	_cleanup_(filter_line_done) struct filter_line l = {};
	_cleanup_(strbuf_done) struct strbuf why = {};

	(void)state;
	assert_int_equal(filter_line_parse(&l, "8000 abc", &all_lookups, &why), 0);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		strbuf_reset(&why);
		assert_row(i, filter_line_parse(&l, wrong[i], &all_lookups, &why) == -EINVAL);
		assert_row(i, why.len > 0);
		assert_row(i, l.nr_words == 1 && portspec_count(&l.filter.ports) == 1);
	}
	char many[400];
	memset(many, 'a', sizeof(many));
	for (size_t i = 1; i < sizeof(many); i += 2)
		many[i] = ' ';
	many[sizeof(many) - 1] = '\0';
	assert_int_equal(filter_line_parse(&l, many, &all_lookups, &why), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_what_is_wrong_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
