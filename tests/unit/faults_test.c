// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/faults.h"

#include "unit.h"

static const char *const field_a = "state", *const field_b = "port";

static struct fault some_fault(void)
{
	return (struct fault){
		.kind = FAULT_WRONG,
		.at = { .sk = 1, .s = { .cookie = 5, .lport = 8000 } },
		.field = field_a,
		.slot = { .port = 8000, .slot = 3 },
		.member = { .family = 5, .nr = 2 },
		.tgid = 7,
		.port_index = 80,
		.said = { .indexed = 2, .live = 4 },
		.found = { .indexed = 1, .live = 1 },
	};
}

/* Change the n-th thing by which faults differ. */
static void differ(struct fault *f, size_t n)
{
	f->kind = n == 0 ? FAULT_STALE : f->kind;
	f->at.sk += n == 1;
	f->at.s.cookie += n == 2; /* another socket at that address */
	f->at.s.lport += n == 3;
	f->field = n == 4 ? field_b : f->field;
	f->slot.slot += n == 5;
	f->member.nr += n == 6;
	f->tgid += n == 7;
	f->port_index += n == 8;
	f->said.indexed += n == 9;
	f->found.live += n == 10;
}

/* Change the n-th thing that is not the fault, but its time. */
static void vary(struct fault *f, size_t n)
{
	f->repaired = n == 0;
	f->at.alive = n == 1;
	f->at.s.cookie = n == 2 ? 0 : f->at.s.cookie; /* not asked for yet */
	f->at.s.backlog += n == 3;
	f->kernel.state += n == 4;
	if (n == 5) { /* as wrong as before */
		f->said.indexed += 3, f->found.indexed += 3;
		f->said.live -= 4, f->found.live -= 4; /* less than none */
	}
}

static void test_have(void **state)
{
	_cleanup_(faults_done) struct faults f = {};
	struct fault one = some_fault();

	(void)state;
	assert_false(faults_have(&f, &one));
	*VEC_ADD(&f.list) = one;
	for (size_t n = 0; n <= 11; n++) {
		one = some_fault();
		differ(&one, n);
		assert_row(n, faults_have(&f, &one) == (n == 11));
	}
	for (size_t n = 0; n <= 5; n++) {
		one = some_fault();
		vary(&one, n);
		assert_row(n, faults_have(&f, &one));
	}
	/* Not the first alone. */
	one = some_fault();
	differ(&one, 3);
	*VEC_ADD(&f.list) = one;
	assert_true(faults_have(&f, &one));
}

static void test_cookie_is_unknown_on_either_side(void **state)
{
	_cleanup_(faults_done) struct faults f = {};
	struct fault one = some_fault();

	(void)state;
	one.at.s.cookie = 0;
	*VEC_ADD(&f.list) = one;
	one.at.s.cookie = 5;
	assert_true(faults_have(&f, &one));
}

static void test_add(void **state)
{
	struct audit_socket s = { .sk = 9, .s = { .lport = 8000 }, .alive = true };
	static const struct fault empty = { .kind = FAULT_COUNT };
	struct faults f = {};

	(void)state;
	assert_int_equal(faults_add_socket(&f, FAULT_UNSEEN, &s), 0);
	assert_int_equal(f.list.v[0].kind, FAULT_UNSEEN);
	assert_memory_equal(&f.list.v[0].at, &s, sizeof(s));
	/* More than the array has room for at first; each one is zeroed. */
	for (size_t i = 1; i < 100; i++) {
		struct fault *new = faults_add(&f, FAULT_COUNT);

		assert_ptr_equal(new, &f.list.v[i]);
		assert_memory_equal(new, &empty, sizeof(empty));
		memset(new, 0xff, sizeof(*new));
	}
	assert_int_equal(f.list.nr, 100);
	assert_int_equal(f.list.v[0].at.sk, 9);
	faults_done(&f);
	assert_int_equal(f.list.nr, 0);
	assert_null(f.list.v);
	assert_non_null(faults_add(&f, FAULT_SLOT)); /* it can be used again */
	faults_done(&f);
}

static void add_counts(struct faults *f, const char *ports)
{
	for (; *ports; ports++)
		faults_add(f, FAULT_COUNT)->port_index = (uint32_t)*ports;
}

/* Keep the order, whatever that of the later look is. */
static void test_keep(void **state)
{
	static const struct {
		const char *first, *again, *kept;
	} rows[] = {
		{ "", "", "" },		 { "", "abc", "" },	 { "abc", "", "" },
		{ "abc", "cba", "abc" }, { "abcd", "db", "bd" }, { "a", "b", "" },
		{ "abc", "a", "a" },	 { "abc", "c", "c" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_(faults_done) struct faults f = {}, again = {};
		char kept[8] = "";

		add_counts(&f, rows[i].first);
		add_counts(&again, rows[i].again);
		faults_keep(&f, &again);
		for (size_t k = 0; k < f.list.nr; k++)
			kept[k] = (char)f.list.v[k].port_index;
		assert_string_equal(kept, rows[i].kept);
		assert_int_equal(again.list.nr, strlen(rows[i].again));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_have),
		cmocka_unit_test(test_cookie_is_unknown_on_either_side),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_keep),
	};

	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
