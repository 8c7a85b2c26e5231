// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/answer_json.h"

#include "show.h"

/* A process may have an empty name, which is known: the member is there. Without a number it is
 * left out. */
static void test_empty_name(void **state)
{
	const struct out_opts opts = { .json = true, .boot_to_real = NEW_YEAR };
	struct pw_sock s = sock(PW_LISTEN, "127.0.0.1", 8000, NULL, 0);
	struct parent parent = { .pid = 7 };
	_cleanup_(answer_done) struct answer a = {};
	struct capture c;

	(void)state;
	add_socket(&a, &s);
	add_holder(&a, 0, 40, "", 3);
	a.processes[0].parents = &parent;
	a.processes[0].nr_parents = 1;
	show_answer(&c, &opts, &a, VIEW_WHO);
	assert_non_null(strstr(c.text, "\"owners\":[{\"pid\":40,\"comm\":\"\",\"uid\":"));
	assert_non_null(strstr(c.text, "\"parents\":[{\"pid\":7,\"comm\":\"\"}]"));
	capture_done(&c);
	a.processes[0].parents = NULL;
	a.processes[0].nr_parents = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty_name),
	};

	return cmocka_run_group_tests_name("answer_json", tests, NULL, NULL);
}
