// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/crew.h"

#include "unit.h"

static size_t process(struct answer *a, uint32_t tgid, uint64_t start_ns, const char *comm)
{
	struct pw_actor id = actor(tgid, comm);
	size_t at;

	id.start_ns = start_ns;
	assert_int_equal(answer_add_process(a, &id, tgid, &at), 0);
	return at;
}

/* The member that started first leads, whenever it is met. */
static void test_leader(void **state)
{
	static const struct {
		uint32_t tgid[3];
		uint64_t start_ns[3];
		size_t leader;
	} rows[] = {
		{ { 10, 11, 12 }, { 1, 2, 3 }, 0 },
		{ { 10, 11, 12 }, { 3, 1, 2 }, 1 },
		{ { 10, 11, 12 }, { 3, 2, 1 }, 2 },
		/* The number says nothing, as it wraps round, but for those of one tick. */
		{ { 10, 11, 12 }, { UINT64_MAX, 5, 4 }, 2 },
		{ { 12, 10, 11 }, { 7, 7, 7 }, 1 },
		{ { 10, 12, 11 }, { 7, 7, 7 }, 0 },
		{ { 12, 11, 10 }, { 0, 0, 0 }, 2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(answer_done) struct answer a = {};
		_cleanup_(crews_done) struct crews c = {};

		for (size_t k = 0; k < 3; k++)
			process(&a, rows[i].tgid[k], rows[i].start_ns[k], "nginx");
		for (size_t k = 0; k < 3; k++)
			assert_int_equal(crews_add(&c, &a, k), 0);
		assert_row(i, c.list.nr == 1 && c.members.nr == 3);
		assert_row(i, c.list.v[0].leader == rows[i].leader);
		assert_row(i, c.list.v[0].others == 2);
	}
}

/* A name is all of its bytes, also where no NUL follows; crews keep the order of their first. */
static void test_names(void **state)
{
	static const char *const comms[] = {
		"nginx",
		"php",
		"nginx",
		"ngin",
		"nginx2",
		"0123456789abcdef",
		"0123456789abcdeX",
		"",
		"0123456789abcdef",
		"",
		"php",
	};
	static const struct {
		size_t leader, others;
	} expected[] = { { 0, 1 }, { 1, 1 }, { 3, 0 }, { 4, 0 }, { 5, 1 }, { 6, 0 }, { 7, 1 } };
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(crews_done) struct crews c = {};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(comms); i++) {
		process(&a, 10 + i, 100 + i, comms[i]);
		assert_int_equal(crews_add(&c, &a, i), 0);
	}
	assert_int_equal(c.list.nr, ARRAY_SIZE(expected));
	for (size_t i = 0; i < c.list.nr; i++) {
		assert_row(i, c.list.v[i].leader == expected[i].leader);
		assert_row(i, c.list.v[i].others == expected[i].others);
	}
}

/* A process counts once, by whatever socket it is met; none is left out. */
static void test_holders(void **state)
{
	_cleanup_(answer_done) struct answer a = {};
	_cleanup_(crews_done) struct crews c = {};
	struct pw_sock s = sock(PW_LISTEN, "0.0.0.0", 80, NULL, 0);

	(void)state;
	for (size_t i = 0; i < 3; i++)
		add_socket(&a, &s);
	for (uint32_t pid = 20; pid < 60; pid++) {
		add_holder(&a, 0, pid, "nginx", 3);
		add_holder(&a, 1, pid, "nginx", 4);
	}
	add_holder(&a, 1, 10, "php", 3);
	add_holder(&a, 1, 5, "nginx", 3);
	assert_int_equal(crews_add_holders(&c, &a, &a.sockets[2]), 0);
	assert_int_equal(c.list.nr, 0);
	assert_int_equal(crews_add_holders(&c, &a, &a.sockets[0]), 0);
	assert_int_equal(c.list.nr, 1);
	assert_int_equal(c.list.v[0].others, 39);
	assert_int_equal(a.processes[c.list.v[0].leader].pid, 20);
	assert_int_equal(crews_add_holders(&c, &a, &a.sockets[0]), 0);
	assert_int_equal(crews_add_holders(&c, &a, &a.sockets[1]), 0);
	assert_int_equal(c.list.nr, 2);
	assert_int_equal(c.list.v[0].others, 40);
	assert_int_equal(a.processes[c.list.v[0].leader].pid, 5);
	assert_int_equal(c.list.v[1].others, 0);
	assert_int_equal(c.members.nr, 42);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_leader),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_holders),
	};

	return cmocka_run_group_tests_name("crew", tests, NULL, NULL);
}
