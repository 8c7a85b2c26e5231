// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/audit_families.h"

#include "audit.h"

static void look(struct picture *p, struct faults *f)
{
	picture_sort(p);
	assert_int_equal(audit_families(p, f), 0);
}

static void add_task(struct picture *p, uint32_t tgid, uint64_t start_ns)
{
	*VEC_ADD(&p->tasks) = (struct pw_actor){ .tgid = tgid, .start_ns = start_ns };
}

static void add_proc(struct picture *p, uint32_t tgid, uint64_t family, uint32_t nr)
{
	*VEC_ADD(&p->procs) = (struct audit_proc){
		.tgid = tgid,
		.p = { .start_ns = 5, .family = family, .member_nr = nr },
	};
}

static void add_member(struct picture *p, uint32_t tgid, uint64_t family, uint32_t nr)
{
	*VEC_ADD(&p->members) =
		(struct audit_member){ .key = { .family = family, .nr = nr }, .tgid = tgid };
}

static void test_none(void **state)
{
	_cleanup_(picture_done) struct picture p = {};
	struct faults f = {};

	(void)state;
	look(&p, &f);
	assert_nothing_found(&f);
	add_task(&p, 7, 5); /* most processes are of no family */
	look(&p, &f);
	assert_nothing_found(&f);
}

static void test_processes(void **state)
{
	static const struct {
		uint32_t tgid;
		uint64_t start_ns;
		bool same;
	} tasks[] = {
		{ 7, 5, true },
		{ 7, 6, false }, /* another process of that number */
		{ 7, 4, false },
		{ 8, 5, false },
	};
	struct faults f = {};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tasks); i++) {
		_cleanup_(picture_done) struct picture p = {};

		add_proc(&p, 7, 5, 2);
		look(&p, &f); /* no task can be seen: there is nothing to compare with */
		assert_nothing_found(&f);
		add_task(&p, tasks[i].tgid, tasks[i].start_ns);
		look(&p, &f);
		assert_row(i, f.list.nr == !tasks[i].same);
		assert_row(i, tasks[i].same ||
				      (f.list.v[0].kind == FAULT_PROC && f.list.v[0].tgid == 7));
		faults_done(&f);
	}
}

/* A member needs a process that says the same of itself; a process needs no member. */
static void test_members(void **state)
{
	static const struct {
		uint32_t tgid, nr;
		uint64_t family;
		bool right;
	} rows[] = {
		{ 7, 2, 5, true },
		{ 7, 3, 5, false },
		{ 7, 2, 6, false },
		{ 8, 2, 5, false },
	};
	_cleanup_(picture_done) struct picture p = {};
	struct faults f = {};

	(void)state;
	add_member(&p, 7, 5, 2);
	look(&p, &f);
	assert_found(&f, FAULT_MEMBER);
	add_proc(&p, 7, 5, 2);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		p.members.nr = 0;
		add_member(&p, rows[i].tgid, rows[i].family, rows[i].nr);
		look(&p, &f);
		assert_row(i, f.list.nr == !rows[i].right);
		if (!rows[i].right) {
			assert_row(i, f.list.v[0].tgid == rows[i].tgid);
			assert_row(i, f.list.v[0].member.family == rows[i].family);
			assert_row(i, f.list.v[0].member.nr == rows[i].nr);
			assert_found(&f, FAULT_MEMBER);
		}
	}
	p.members.nr = 0;
	look(&p, &f);
	assert_nothing_found(&f);
}

/* The maps are read in the order of their hashes. */
static void test_many(void **state)
{
	static const uint32_t order[] = { 30, 4, 80, 1, 9, 60 };
	_cleanup_(picture_done) struct picture p = {};
	struct faults f = {};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		add_proc(&p, order[i], 5, order[i]);
		add_member(&p, order[ARRAY_SIZE(order) - 1 - i], 5,
			   order[ARRAY_SIZE(order) - 1 - i]);
		add_task(&p, order[(i + 2) % ARRAY_SIZE(order)], 5);
	}
	look(&p, &f);
	assert_nothing_found(&f);
	p.tasks.v[2].start_ns = 6; /* of 9 */
	p.members.v[0].key.nr = 61;
	look(&p, &f);
	assert_int_equal(f.list.v[0].tgid, 9);
	assert_int_equal(f.list.v[1].tgid, 60);
	assert_found(&f, FAULT_PROC, FAULT_MEMBER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_processes),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests_name("audit_families", tests, NULL, NULL);
}
