// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/explain_writer.h"

#include "unit.h"

static void test_facts(void **state)
{
	struct verdict v = {};
	struct writer w = { .v = &v };

	(void)state;
	fact(&w, REMARK_MATTERS, "%u of %s", 3, "them");
	/* In pieces; what was written before is not in it. */
	strbuf_adds(&w.text, "in ");
	strbuf_adds(&w.text, "pieces");
	end_fact(&w, REMARK_DETAIL);
	assert_int_equal(w.err, 0);
	assert_int_equal(v.nr_facts, 2);
	assert_string_equal(v.facts[0].text, "3 of them");
	assert_int_equal(v.facts[0].kind, REMARK_MATTERS);
	assert_string_equal(v.facts[1].text, "in pieces");
	assert_int_equal(v.facts[1].kind, REMARK_DETAIL);
	assert_int_equal(w.text.len, 0);
	verdict_done(&v);
	strbuf_done(&w.text);
}

static void test_name(void **state)
{
	static const struct {
		const char *comm, *expected;
	} rows[] = {
		{ "nginx", "nginx (pid 812)" },
		{ "exactly sixteen!", "exactly sixteen! (pid 812)" }, /* no NUL follows */
		{ "", "a nameless process (pid 812)" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(strbuf_done) struct strbuf out = {};
		struct pw_actor a = actor(812, rows[i].comm);

		add_name(&out, a.comm, a.tgid);
		assert_string_equal(strbuf_str(&out), rows[i].expected);
	}
}

/* An unknown namespace of the caller's: all are counted as his. */
static void test_is_here(void **state)
{
	struct socket s = { .s.netns = 5 };
	struct verdict_facts facts = { .netns = 5 };
	struct writer w = { .facts = &facts };

	(void)state;
	assert_true(is_here(&w, &s));
	facts.netns = 6;
	assert_false(is_here(&w, &s));
	facts.netns = 0;
	assert_true(is_here(&w, &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_is_here),
	};

	return cmocka_run_group_tests_name("explain_writer", tests, NULL, NULL);
}
