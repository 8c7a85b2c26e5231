// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/filter.h"
#include "filter_system.h"

#include "unit.h"

/* Everything in it that takes memory, and the same excluded. */
static const char line[] =
	"--port 1-9,8000 --pid 5,!6 --comm a,!b --user 0,!1 --peer 10.0.0.1,!10.0.0.0/8 --netns self,!blue "
	"--cgroup /a.slice,!/b.slice --unit a.service,!b.service --container c0ffee,!bee --device lo,!eth0";

/* Nothing is left of it; what was lost besides, the sanitizers tell. */
static void test_done(void **state)
{
	static const struct filter none;
	_cleanup_(strbuf_done) struct strbuf why = {};
	struct filter f;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(parse(&f, line, &why), 0);
		assert_non_null(f.not );
		assert_non_null(f.comms);
		filter_done(&f);
		assert_memory_equal(&f, &none, sizeof(f));
	}
	filter_done(&f);
	assert_memory_equal(&f, &none, sizeof(f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_done),
	};

	return cmocka_run_group_tests_name("filter_done", tests, NULL, NULL);
}
