// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/verdict_text.h"

#include "unit.h"

static void add_verdict(struct answer *a, uint8_t proto, enum why why, bool implied)
{
	struct verdict *v = answer_add_verdict(a);

	assert_non_null(v);
	v->port = 8000;
	v->proto = proto;
	v->why = why;
	v->bindable = why == WHY_FREE;
	v->wildcard = true;
	v->implied = implied;
}

static void add_past(struct answer *a, uint32_t pid, uint16_t port)
{
	struct past *p = answer_add_past(a);

	assert_non_null(p);
	p->port = port;
	p->proto = PW_TCP;
	p->id = actor(pid, "node");
	p->how = PAST_CLOSED;
	p->until_ns = a->time_ns - 14000000000;
}

static void assert_words(const struct answer *a, enum answer_view view, const struct out_opts *opts,
			 const char *want)
{
	_cleanup_(strbuf_done) struct strbuf out = {};

	verdict_text_add(&out, a, &a->verdicts[0], view, opts);
	assert_string_equal(strbuf_str(&out), want);
}

static void test_words(void **state)
{
	_cleanup_(answer_done) struct answer a = { .time_ns = 100000000000 };
	struct out_opts opts = {};
	struct verdict *v;

	(void)state;
	add_verdict(&a, PW_TCP, WHY_TIMEWAIT, false);
	v = &a.verdicts[0];
	v->hint = strdup("in TIME-WAIT\n");
	v->has_frees_in = true;
	v->frees_in_ms = 14000;
	assert_words(&a, VIEW_WHO, &opts, "8000/tcp: in TIME-WAIT\\x0a; free in 14 s\n");
}

/* Former owners are told of a port without an owner, the last in the sentence if it is free. */
static void test_pasts(void **state)
{
	_cleanup_(answer_done) struct answer a = { .time_ns = 100000000000 };
	const struct out_opts opts = {};

	(void)state;
	add_verdict(&a, PW_TCP, WHY_FREE, false);
	add_past(&a, 11, 8000);
	add_past(&a, 12, 8001);
	add_past(&a, 13, 8000);
	assert_words(&a, VIEW_WHO, &opts,
		     "8000/tcp: free now; last held by node (pid 11) until 14 s ago, closed it\n"
		     "  before that by node (pid 13) until 14 s ago, closed it\n");
	a.verdicts[0].wildcard = false;
	assert_words(&a, VIEW_LIST, &opts, "8000/tcp: free at the address asked for\n");
	a.verdicts[0].why = WHY_ORPHAN;
	a.verdicts[0].bindable = false;
	assert_words(&a, VIEW_WHO, &opts,
		     "8000/tcp: orphan\n"
		     "  last held by node (pid 11) until 14 s ago, closed it\n"
		     "  before that by node (pid 13) until 14 s ago, closed it\n");
	assert_words(&a, VIEW_LIST, &opts, "8000/tcp: orphan\n");
	a.verdicts[0].why = WHY_HELD;
	assert_words(&a, VIEW_WHO, &opts, "8000/tcp: held\n");
}

static void test_facts(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	struct out_opts opts = {};
	struct verdict *v;

	(void)state;
	add_verdict(&a, PW_TCP, WHY_HELD, false);
	v = &a.verdicts[0];
	v->facts = calloc(2, sizeof(*v->facts));
	assert_non_null(v->facts);
	v->nr_facts = 2;
	v->facts[0] = (struct remark){ strdup("it backs up"), REMARK_MATTERS };
	v->facts[1] = (struct remark){ strdup("inode 77"), REMARK_DETAIL };
	assert_words(&a, VIEW_WHO, &opts, "8000/tcp: held\n  it backs up\n");
	assert_words(&a, VIEW_LIST, &opts, "8000/tcp: held\n");
	opts.detailed = true;
	assert_words(&a, VIEW_WHO, &opts, "8000/tcp: held\n  it backs up\n  inode 77\n");
}

/* A protocol that nobody asked for is left out if it is free, has no history, and the other is
 * busy. */
static void test_idle(void **state)
{
	_cleanup_(answer_done) struct answer a = {};

	(void)state;
	add_verdict(&a, PW_UDP, WHY_FREE, true);
	assert_false(verdict_text_is_idle(&a, &a.verdicts[0]));
	add_verdict(&a, PW_TCP, WHY_HELD, true);
	assert_true(verdict_text_is_idle(&a, &a.verdicts[0]));
	assert_false(verdict_text_is_idle(&a, &a.verdicts[1]));
	a.verdicts[1].port = 8001;
	assert_false(verdict_text_is_idle(&a, &a.verdicts[0]));
	a.verdicts[1].port = 8000;
	a.verdicts[0].implied = false;
	assert_false(verdict_text_is_idle(&a, &a.verdicts[0]));
	a.verdicts[0].implied = true;
	add_past(&a, 11, 8000);
	a.pasts[0].proto = PW_UDP;
	assert_false(verdict_text_is_idle(&a, &a.verdicts[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_pasts),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_idle),
	};

	return cmocka_run_group_tests_name("verdict_text", tests, NULL, NULL);
}
