// SPDX-License-Identifier: GPL-2.0-or-later
#include "print/json_parts.h"

#include "model/unknown.h"
#include "unit.h"

/* Compare what was written inside of an object, and end it. */
static void check(struct json *j, const char *expected)
{
	json_end(j);
	assert_int_equal(json_flush(j), 0);
	assert_string_equal(strbuf_str(&j->buf), expected);
	json_done(j);
	json_init(j, NULL);
	json_object(j, NULL);
}

static int begin(void **state)
{
	static struct json j;

	json_init(&j, NULL);
	json_object(&j, NULL);
	*state = &j;
	return 0;
}

static int end(void **state)
{
	json_done(*state);
	return 0;
}

static void test_address(void **state)
{
	struct pw_addr any = {}, one;
	uint8_t family;

	one = address("fe80::1", &family);
	json_parts_address(*state, "local", PW_INET6, &any, 8000);
	check(*state, "{\"local\":{\"addr\":\"::\",\"port\":8000}}");
	json_parts_address(*state, "remote", family, &one, 0);
	check(*state, "{\"remote\":{\"addr\":\"fe80::1\"}}");
}

static const char *only_five(uint32_t inode)
{
	return inode == 5 ? "blue" : NULL;
}

static void test_netns(void **state)
{
	json_parts_netns(*state, only_five, 5);
	check(*state, "{\"netns\":5,\"netns_name\":\"blue\"}");
	json_parts_netns(*state, only_five, 6);
	check(*state, "{\"netns\":6}");
	json_parts_netns(*state, NULL, 5);
	check(*state, "{\"netns\":5}");
	json_parts_netns(*state, only_five, 0);
	check(*state, "{}");
}

/* A name that is empty is told apart from a name that is not known. */
static void test_actor(void **state)
{
	struct pw_actor a = actor(812, "");

	json_parts_actor(*state, &a);
	check(*state, "{\"pid\":812,\"comm\":\"\"}");
	a.start_ns = 0;
	json_parts_actor(*state, &a);
	check(*state, "{\"pid\":812}");
	a = actor(812, "exactly sixteen!");
	json_parts_actor(*state, &a);
	check(*state, "{\"pid\":812,\"comm\":\"exactly sixteen!\"}");
	a = (struct pw_actor){};
	json_parts_actor(*state, &a);
	check(*state, "{}");
}

static void test_condition(void **state)
{
	struct condition c = {};

	json_parts_condition(*state, &c);
	check(*state, "{}");
	c.is = COND_STOPPED | COND_KILL_PENDING;
	json_parts_condition(*state, &c);
	check(*state, "{\"conditions\":[\"stopped\",\"kill-pending\"]}");
}

static void add(struct crowd *c, uint32_t pid, const char *comm)
{
	if (c->nr < REACH_KEPT) {
		c->v[c->nr].pid = pid;
		snprintf(c->v[c->nr].comm, PW_COMM_LEN, "%s", comm);
	}
	c->nr++;
}

/* Eight of those who share a port are named, all are counted. */
static void test_reach(void **state)
{
	struct reach r = {};

	json_parts_reach(*state, &r);
	check(*state, "{}");
	add(&r.local[1], 2, "b");
	r.tells_local = true;
	json_parts_reach(*state, &r);
	check(*state, "{\"localhost\":{\"127.0.0.1\":[],\"::1\":[{\"pid\":2,\"comm\":\"b\"}]}}");
	r = (struct reach){};
	for (size_t i = 1; i <= REACH_KEPT + 2; i++)
		add(&r.shared, i, "a");
	json_parts_reach(*state, &r);
	check(*state,
	      "{\"shared_by\":[{\"pid\":1,\"comm\":\"a\"},{\"pid\":2,\"comm\":\"a\"},"
	      "{\"pid\":3,\"comm\":\"a\"},{\"pid\":4,\"comm\":\"a\"},{\"pid\":5,\"comm\":\"a\"},"
	      "{\"pid\":6,\"comm\":\"a\"},{\"pid\":7,\"comm\":\"a\"},{\"pid\":8,\"comm\":\"a\"}],"
	      "\"shared_by_total\":10}");
}

/* Each bit has a name of its own. */
static void test_unknown(void **state)
{
	const char *names[32];
	unsigned int nr = 0;

	json_parts_unknown(*state, 0);
	check(*state, "{}");
	for (unsigned int bit = 1; bit < UNKNOWN_MAX; bit <<= 1) {
		_cleanup_(strbuf_done) struct strbuf expected = {};

		names[nr] = unknown_name(bit);
		for (unsigned int i = 0; i < nr; i++)
			assert_string_not_equal(names[i], names[nr]);
		strbuf_addf(&expected, "{\"unknown\":[\"%s\"]}", names[nr++]);
		json_parts_unknown(*state, bit);
		check(*state, strbuf_str(&expected));
	}
	assert_true(nr > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_address, begin, end),
		cmocka_unit_test_setup_teardown(test_netns, begin, end),
		cmocka_unit_test_setup_teardown(test_actor, begin, end),
		cmocka_unit_test_setup_teardown(test_condition, begin, end),
		cmocka_unit_test_setup_teardown(test_reach, begin, end),
		cmocka_unit_test_setup_teardown(test_unknown, begin, end),
	};

	return cmocka_run_group_tests_name("json_parts", tests, NULL, NULL);
}
